import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { maxAttachments } from "../../../../src/core/room/limits.js";
import { type SendingFile, sendFile } from "../send-file.js";
import { texts } from "../texts.js";
import {
  filesChosen,
  noUploadItems,
  type UploadList,
  uploadChanged,
  uploadRemoved,
  uploadsToStart,
} from "../uploads.js";

/** The files beside the message that is being written. */
export interface ComposerUploads {
  list: Signal<UploadList>;
  add(files: readonly File[]): void;
  /** Takes one away, also while it is being sent. */
  remove(key: number): void;
  again(key: number): void;
  /** They were sent with their message. */
  clear(): void;
}

/** Files that are chosen, dropped or pasted are sent at once, a few at a time; the message names them later. */
export function useUploads({
  roomId,
  me,
  problem,
}: {
  roomId: string;
  me: () => string;
  problem: Signal<string>;
}): ComposerUploads {
  const list = useSignal<UploadList>(noUploadItems);
  const uploads = useMemo(() => createComposerUploads({ roomId, me, problem, list }), [roomId]);
  useEffect(() => uploads.cancelAll, [uploads]);
  return uploads;
}

function createComposerUploads({
  roomId,
  me,
  problem,
  list,
}: {
  roomId: string;
  me: () => string;
  problem: Signal<string>;
  list: Signal<UploadList>;
}): ComposerUploads & { cancelAll: () => void } {
  const files = new Map<number, File>();
  const sending = new Map<number, SendingFile>();

  function startNext(): void {
    for (const key of uploadsToStart(list.value)) {
      const file = files.get(key);
      if (file) void start(key, file);
    }
  }

  async function start(key: number, file: File): Promise<void> {
    list.value = uploadChanged(list.value, key, { state: "sending", sentBytes: 0 });
    const onProgress = (sentBytes: number) => {
      list.value = uploadChanged(list.value, key, { sentBytes });
    };
    const one = sendFile(roomId, file, { me: me(), onProgress });
    sending.set(key, one);
    const result = await one.done;
    sending.delete(key);
    list.value = uploadChanged(
      list.value,
      key,
      result.ok ? { state: "stored", stored: result.value } : { state: "failed", problem: result.problem },
    );
    startNext();
  }

  function remove(key: number): void {
    list.value = uploadRemoved(list.value, key);
    files.delete(key);
    sending.get(key)?.cancel();
  }

  return {
    list,
    add(chosen) {
      const { nextKey } = list.value;
      list.value = filesChosen(list.value, chosen, maxAttachments);
      const taken = list.value.nextKey - nextKey;
      for (const [at, file] of chosen.slice(0, taken).entries()) files.set(nextKey + at, file);
      problem.value = taken < chosen.length ? texts.files.tooMany(maxAttachments) : "";
      startNext();
    },
    remove,
    again(key) {
      list.value = uploadChanged(list.value, key, { state: "waiting" });
      startNext();
    },
    clear() {
      list.value = noUploadItems;
      files.clear();
    },
    cancelAll() {
      for (const key of [...sending.keys()]) remove(key);
    },
  };
}
