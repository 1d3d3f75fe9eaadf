import { render } from "preact";
import { startClock } from "./now.js";
import { route, startRouting } from "./router.js";
import { startTheme } from "./theme.js";
import { JoinPage } from "./views/join-page.js";
import { RoomPage } from "./views/room-page.js";

function App() {
  const { value } = route;
  if (value.page === "room") return <RoomPage key={value.roomId} roomId={value.roomId} />;
  const { code, left, isNewRoom = false } = value;
  return <JoinPage code={code} isNewRoom={isNewRoom} {...(left && { left })} />;
}

startTheme();
startRouting();
startClock();
const root = document.getElementById("app");
if (root) render(<App />, root);
