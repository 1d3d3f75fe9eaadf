import { useEffect, useRef } from "preact/hooks";
import { setUndo, waitsForUndo } from "../browser-settings.js";
import { texts } from "../texts.js";
import { DialogBar } from "./basics.js";

const words = texts.help;

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="help-heading" onClose={onClose}>
      <DialogBar
        id="help-heading"
        heading={words.heading}
        close={words.close}
        onClose={() => dialog.current?.close()}
      />
      <dl class="keys">
        {words.keys.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="steer">
        <input
          type="checkbox"
          checked={waitsForUndo.value}
          onChange={({ currentTarget }) => setUndo(currentTarget.checked)}
        />
        {texts.gates.undoSetting}
      </label>
    </dialog>
  );
}
