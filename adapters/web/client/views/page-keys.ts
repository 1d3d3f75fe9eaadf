import { isWriting } from "./gate-keys.js";

/** Listens for single-key shortcuts outside text fields. Returns a function that stops it. */
export function onPageKey(actions: Readonly<Record<string, () => void>>): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
