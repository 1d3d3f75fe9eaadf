import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { createFolderApi } from "../folder-api.js";
import { texts } from "../texts.js";
import { DialogBar } from "./basics.js";
import { FolderChanges } from "./folder-changes.js";
import { FolderFiles } from "./folder-files.js";
import { useRoom } from "./room-context.js";

const words = texts.folder;
const views = ["tree", "changes"] as const;

/** The work folder of an agent: its files, and what it changed. */
export function FolderDialog({ agent, onClose }: { agent: string; onClose: () => void }) {
  const { state } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const view = useSignal<(typeof views)[number]>("tree");
  const api = useMemo(() => createFolderApi(state.roomId, agent), [state.roomId, agent]);
  useEffect(() => dialog.current?.showModal(), []);
  const others = state.participants.filter(({ kind, name }) => kind === "agent" && name !== agent);
  return (
    <dialog class="dialog dialog-full folder-dialog" ref={dialog} aria-labelledby="folder-heading" onClose={onClose}>
      <DialogBar
        id="folder-heading"
        heading={words.heading(agent)}
        close={words.close}
        onClose={() => dialog.current?.close()}
      />
      <fieldset class="picture-tools folder-tools" aria-label={words.views}>
        {views.map((one) => (
          <button
            class="button small"
            type="button"
            key={one}
            aria-pressed={view.value === one}
            onClick={() => {
              view.value = one;
            }}
          >
            {words[one]}
          </button>
        ))}
        <span class="spacer" />
        <a class="button small" href={api.archiveUrl} download title={words.downloadHint}>
          {words.download}
        </a>
      </fieldset>
      {view.value === "tree" ? (
        <FolderFiles api={api} />
      ) : (
        <FolderChanges api={api} others={others.map(({ name }) => name)} />
      )}
    </dialog>
  );
}
