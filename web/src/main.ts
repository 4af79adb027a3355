/* Starts the page. Called by index.html. */
import { mount } from "svelte";
import App from "./App.svelte";
import "./style/tokens.css";
import "./style/ground.css";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element with id app: nothing to show the page in");
mount(App, { target });
