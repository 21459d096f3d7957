import { render } from "preact";
import { App } from "./app.tsx";
import { registerOffline } from "./offline.ts";
import { start } from "./store/session.ts";

const place = document.querySelector("#lab");
if (place) render(<App />, place);
void start().then(registerOffline);
