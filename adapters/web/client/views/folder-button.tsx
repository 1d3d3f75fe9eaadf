import { useSignal } from "@preact/signals";
import { texts } from "../texts.js";
import { later } from "./later.js";
import { useRoom } from "./room-context.js";

const FolderDialog = later(async () => (await import("./folder-dialog.js")).FolderDialog);

/** Opens an agent's work folder; not shown to those who may not look into it. */
export function FolderButton({ name }: { name: string }) {
  const { may } = useRoom();
  const isOpen = useSignal(false);
  if (!may("readHeld")) return null;
  return (
    <>
      <button
        class="button quiet small folder-button"
        type="button"
        aria-label={texts.folder.open(name)}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {texts.folder.short}
      </button>
      {isOpen.value && (
        <FolderDialog
          agent={name}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}
