import type { Attachment } from "../../../../src/core/room/gate-content.js";
import { sizeText } from "../../../../src/core/text/size-text.js";
import { texts } from "../texts.js";
import { fileUrl, isShownAsImage } from "../uploads.js";
import { Plain } from "./basics.js";

const words = texts.files;

/** The files of a message or of a gate: images are shown, everything else is saved. */
export function MessageFiles({
  files,
  roomId,
  label = words.ofMessage,
}: {
  files: readonly Attachment[];
  roomId: string;
  label?: string;
}) {
  if (files.length === 0) return null;
  return (
    <ul class="files" aria-label={label}>
      {files.map((file, at) => (
        <li key={`${at}-${file.sha256}`}>
          {isShownAsImage(file) ? <Shown {...{ file, roomId }} /> : <Chip {...{ file, roomId }} />}
        </li>
      ))}
    </ul>
  );
}

/** Its box has its height before the image is there, so that nothing moves when it comes. */
function Shown({ file, roomId }: { file: Attachment; roomId: string }) {
  const url = fileUrl(roomId, file.sha256);
  return (
    <a class="file-image" href={url} target="_blank" rel="noopener noreferrer" aria-label={words.open(file.name)}>
      <img src={url} alt={file.name} loading="lazy" decoding="async" />
    </a>
  );
}

function Chip({ file: { name, bytes, sha256 }, roomId }: { file: Attachment; roomId: string }) {
  const size = sizeText(bytes);
  return (
    <a class="file-chip" href={fileUrl(roomId, sha256)} download={name} aria-label={words.save(name, size)}>
      <span class="file-name">
        <Plain text={name} />
      </span>{" "}
      <span class="muted">{size}</span>
    </a>
  );
}
