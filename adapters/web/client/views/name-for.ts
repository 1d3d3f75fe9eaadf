import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { nameFor } from "../api.js";

/** Pause in typing after which the server is asked. */
const settleMs = 150;

/** The name the server derives from the typed one; undefined while it is not known, and for an empty field. */
export function useNameFor(displayName: string): string | undefined {
  const shown = displayName.trim();
  const known = useSignal<{ shown: string; name: string } | undefined>(undefined);
  useEffect(() => {
    if (shown === "") return;
    const timer = setTimeout(async () => {
      const answer = await nameFor(shown);
      if (answer.ok) known.value = { shown, name: answer.value.name };
    }, settleMs);
    return () => clearTimeout(timer);
  }, [shown, known]);
  return known.value?.shown === shown ? known.value.name : undefined;
}
