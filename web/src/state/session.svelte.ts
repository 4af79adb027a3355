/* The token of this visit, kept no longer than the tab. The form appears when the platform answers 401. */
import { recall, remember } from "./memory";

const tab = (): Storage => sessionStorage;

export class Session {
  token: string | null = $state(recall("token", tab));
  /** the platform asked for a token, or for another one */
  needed = $state(false);

  refuse = (): void => {
    this.needed = true;
  };

  accept(token: string): void {
    this.token = token;
    remember("token", token, tab);
    this.needed = false;
  }
}
