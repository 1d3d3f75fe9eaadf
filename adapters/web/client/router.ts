import { signal } from "@preact/signals";

export type PageRoute =
  /** `code` came in the link's fragment; `left` is the room that sent the person here, and why; `isNewRoom` opens the form for one. */
  | { page: "join"; code: string; left?: { roomId: string; status: number }; isNewRoom?: true }
  | { page: "room"; roomId: string; target?: MessagePlace };

/** A message a link leads to. The version says how far back it is, before it is loaded. */
export interface MessagePlace {
  id: string;
  version: number;
}

export const route = signal<PageRoute>({ page: "join", code: "" });

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

function routeNow(): PageRoute {
  const room = /^\/r\/([^/]+)\/?$/.exec(location.pathname)?.[1];
  if (room !== undefined) {
    const target = placeIn(location.hash);
    return { page: "room", roomId: decoded(room), ...(target && { target }) };
  }
  const code = decoded(location.hash.slice(1));
  if (code !== "") history.replaceState(null, "", location.pathname);
  return { page: "join", code };
}

function placeIn(hash: string): MessagePlace | undefined {
  const [, version, id] = /^#m-(\d{1,15})-([A-Za-z0-9_.-]{1,64})$/.exec(hash) ?? [];
  return version === undefined || id === undefined ? undefined : { id, version: Number(version) };
}

/** The address of one message. */
export function messagePath(roomId: string, { id, version }: MessagePlace): string {
  return `/r/${encodeURIComponent(roomId)}#m-${version}-${id}`;
}

export function openMessage(roomId: string, target: MessagePlace): void {
  history.pushState(null, "", messagePath(roomId, target));
  route.value = { page: "room", roomId, target };
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

export function openNewRoomPage(): void {
  history.pushState(null, "", "/");
  route.value = { page: "join", code: "", isNewRoom: true };
}
