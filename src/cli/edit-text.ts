import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "./command.js";
import { RefusedError, UsageError } from "./errors.js";

/**
 * Lets a person change a text in `$VISUAL` or `$EDITOR` (else vi), in a file that only this user can read and that is gone
 * afterwards. A line feed that editors add at the end is taken off again.
 */
export async function editText(
  { env, signal }: Context,
  { text, ending }: { text: string; ending: string },
): Promise<string> {
  const folder = await mkdtemp(join(env.TMPDIR || tmpdir(), "parley-"));
  const file = join(folder, `gate.${ending}`);
  try {
    await writeFile(file, text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
    await runEditor({ editor: env.VISUAL || env.EDITOR || "vi", file, env, signal });
    const edited = await readFile(file, "utf8");
    return text.endsWith("\n") ? edited : edited.replace(/\r?\n$/, "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Editing {
  editor: string;
  file: string;
  env: Context["env"];
  signal: AbortSignal;
}

/** Through a shell, as git does, because the variable may hold arguments. */
function runEditor({ editor, file, env, signal }: Editing): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "parley", file], {
      stdio: "inherit",
      env: { ...env },
      signal,
    });
    child.once("error", (error) =>
      reject(signal.aborted ? error : new UsageError(notStarted(editor), { cause: error })),
    );
    child.once("exit", (code) => {
      if (code === 0) resolve();
      else if (code === 126 || code === 127) reject(new UsageError(notStarted(editor)));
      else
        reject(
          new RefusedError(
            `The editor ended with ${code ?? "a signal"}; nothing was decided and the gate still waits.`,
          ),
        );
    });
  });
}

const notStarted = (editor: string): string =>
  `The editor “${editor}” could not be started; nothing was decided. Set EDITOR, or give the text with --body-file.`;
