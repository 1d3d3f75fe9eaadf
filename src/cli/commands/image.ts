import type { CliCommand } from "../command.js";
import { RefusedError } from "../errors.js";
import { safeJson } from "../visible.js";

/** Builds the image on this machine's Docker engine; no server has to run. */
export const imageCommand: CliCommand = {
  path: ["image", "build"],
  summary: "build the image that agents run in, on this machine's Docker engine",
  details:
    "The first agent that needs the image builds it too; this does it beforehand. Claude Code is downloaded with npm and compared with its known digest. " +
    "Where no image registry can be reached, name an image you have with --base-image: any glibc image with git, tini, socat and ca-certificates.",
  arguments: [],
  options: {
    runtime: { help: "the image of another runtime: codex or opencode", value: "<runtime>" },
    "base-image": { help: "the image to build on (default debian:bookworm-slim)", value: "<image>" },
    "claude-code-version": { help: "an exact version (default the one Parley was tested with)", value: "<version>" },
    tag: { help: "the name of the image (default parley-agent:<version>)", value: "<name>" },
  },
  examples: [
    "parley image build",
    "parley image build --runtime codex",
    "parley image build --base-image my-compilers:1",
  ],
  async run(context, typed) {
    const { screen, json } = context;
    const [baseImage, version, tag] = [typed.text("base-image"), typed.text("claude-code-version"), typed.text("tag")];
    const runtime = typed.text("runtime");
    const built = await context
      .buildAgentImage({
        ...(baseImage !== undefined && { baseImage }),
        ...(runtime !== undefined && { runtime }),
        ...(version !== undefined && { version }),
        ...(tag !== undefined && { tag }),
        env: context.env,
        report: (line) => screen.note(line),
      })
      .catch((error: unknown) => {
        throw error instanceof Error && "code" in error ? new RefusedError(error.message) : error;
      });
    if (json) screen.json(safeJson(built));
    else screen.line(built.tag);
    return undefined;
  },
};
