/* How this person likes the page: theme, keyboard shortcuts, and the name that signs their commands. */
import { recall, remember } from "./memory";

export type Theme = "dark" | "light";

const light = (): MediaQueryList => matchMedia("(prefers-color-scheme: light)");

export class Preferences {
  theme: Theme = $state(chosenTheme());
  shortcuts = $state(recall("shortcuts") !== "off");
  name = $state(recall("name") ?? "");

  constructor() {
    light().addEventListener("change", () => (this.theme = chosenTheme()));
  }

  toggleTheme = (): void => {
    this.theme = this.theme === "dark" ? "light" : "dark";
    document.documentElement.dataset["theme"] = this.theme;
    remember("theme", this.theme);
  };

  setShortcuts(on: boolean): void {
    this.shortcuts = on;
    remember("shortcuts", on ? null : "off");
  }

  setName(name: string): void {
    this.name = name.trim();
    remember("name", this.name || null);
  }
}

/** The one chosen here, else the system's. */
function chosenTheme(): Theme {
  const held = recall("theme");
  if (held === "dark" || held === "light") return held;
  return light().matches ? "light" : "dark";
}
