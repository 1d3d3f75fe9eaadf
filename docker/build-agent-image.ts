import { parseArgs } from "node:util";
import { buildAgentImage } from "../adapters/docker/image/build-agent-image.js";
import { defaultCacheDir } from "../adapters/docker/image/fetch-claude-code.js";

const USAGE = `usage: build-agent-image [--base-image image] [--claude-code-version 1.2.3] [--tag name]

Builds the image agents run in. Prints its tag on standard output, progress on standard error.
`;

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        "base-image": { type: "string" },
        "claude-code-version": { type: "string" },
        tag: { type: "string" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(2);
  }
};

const main = async (): Promise<void> => {
  const values = readArguments();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const { "base-image": baseImage, "claude-code-version": version, tag } = values;
  const image = await buildAgentImage({
    ...(baseImage === undefined ? {} : { baseImage }),
    ...(version === undefined ? {} : { version }),
    ...(tag === undefined ? {} : { tag }),
    cacheDir: defaultCacheDir(process.env),
    report: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${image.tag}\n`);
};

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
