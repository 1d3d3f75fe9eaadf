import { signal } from "@preact/signals";

export type Route =
  /** `code` came in the link's fragment; `left` is the room that sent the person here, and why. */
  { page: "join"; code: string; left?: { roomId: string; status: number } } | { page: "room"; roomId: string };

export const route = signal<Route>({ page: "join", code: "" });

/** Reads the address once; a code in the fragment leaves the address bar, the history and the next referrer at once. */
export function startRouting(): void {
  route.value = routeNow();
  addEventListener("popstate", () => {
    route.value = routeNow();
  });
  addEventListener("hashchange", () => {
    if (location.hash.length > 1) route.value = routeNow();
  });
}

function routeNow(): Route {
  const room = /^\/r\/([^/]+)\/?$/.exec(location.pathname)?.[1];
  if (room !== undefined) return { page: "room", roomId: decoded(room) };
  const code = decoded(location.hash.slice(1));
  if (code !== "") history.replaceState(null, "", location.pathname);
  return { page: "join", code };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function openRoomPage(roomId: string): void {
  history.pushState(null, "", `/r/${encodeURIComponent(roomId)}`);
  route.value = { page: "room", roomId };
}

export function openJoinPage(left?: { roomId: string; status: number }): void {
  history.pushState(null, "", "/");
  route.value = { page: "join", code: "", ...(left && { left }) };
}
