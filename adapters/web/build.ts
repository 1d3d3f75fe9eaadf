import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { encodings, type Manifest } from "./assets.js";

/** Builds the page: `adapters/web/client` of `root` into `outDir`. */
export async function buildWeb({ root, outDir }: { root: string; outDir: string }): Promise<Manifest> {
  const client = join(root, "adapters/web/client");
  const result = await build({
    entryPoints: [join(client, "main.tsx"), join(client, "styles/index.css")],
    outdir: join(outDir, "assets"),
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    splitting: true,
    loader: { ".svg": "file" },
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome120", "firefox121", "safari17"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    write: false,
    metafile: true,
    logLevel: "warning",
    absWorkingDir: root,
  });
  const assets = new Map(result.outputFiles.map((file) => [basename(file.path), file.contents]));
  const page = await indexPage(join(client, "index.html"), {
    names: [...assets.keys()],
    parts: firstParts(result.metafile),
  });
  return await write(outDir, { assets, page });
}

/** Parts the entry imports, directly or not: named in the page, so that all are asked for at once and not one after the other. */
function firstParts({ outputs }: Metafile): string[] {
  const found = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint?.endsWith("main.tsx")));
  for (const path of found)
    for (const part of outputs[path]?.imports ?? []) if (part.kind === "import-statement") found.add(part.path);
  return [...found].slice(1).map((path) => `/assets/${basename(path)}`);
}

async function indexPage(
  template: string,
  { names, parts }: { names: readonly string[]; parts: readonly string[] },
): Promise<string> {
  const text = await readFile(template, "utf8");
  const named = (start: string, ending: string) => {
    const name = names.find((candidate) => candidate.startsWith(start) && extname(candidate) === ending);
    if (name === undefined) throw new Error(`The build made no ${start}*${ending}; it made ${names.join(", ")}.`);
    return `/assets/${name}`;
  };
  const preload = parts.map((path) => `<link rel="modulepreload" href="${path}">`).join("\n    ");
  return text
    .replace("%preload%", preload)
    .replace("%script%", named("main-", ".js"))
    .replace("%style%", named("index-", ".css"))
    .replace("%icon%", named("icon-", ".svg"));
}

const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Only files in the manifest are ever served. */
async function write(
  outDir: string,
  { assets, page }: { assets: ReadonlyMap<string, Uint8Array>; page: string },
): Promise<Manifest> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(join(outDir, "assets"), { recursive: true });
  const manifest: Manifest = { assets: {} };
  for (const [name, contents] of assets) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) throw new Error(`No content type is known for ${name}.`);
    const file = `assets/${name}`;
    const isCompressed = await writeFiles(join(outDir, file), contents);
    manifest.assets[`/${file}`] = { file, contentType, isCompressed };
  }
  await writeFile(join(outDir, "index.html"), page);
  await writeFile(join(outDir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** The file, and beside it the same compressed where that saves something; tells whether it does. */
async function writeFiles(path: string, contents: Uint8Array): Promise<boolean> {
  await writeFile(path, contents);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: contents.byteLength };
  const compressed = { br: brotliCompressSync(contents, { params }), gzip: gzipSync(contents, { level: 9 }) };
  if (Math.max(compressed.br.byteLength, compressed.gzip.byteLength) > contents.byteLength * 0.9) return false;
  await writeFile(path + encodings.br, compressed.br);
  await writeFile(path + encodings.gzip, compressed.gzip);
  return true;
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(started).href) {
  const root = process.cwd();
  await buildWeb({ root, outDir: join(root, "dist/web") });
}
