import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

interface LockedPackage {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
}

/** A package that an installation without development dependencies has. */
interface ProductionPackage {
  name: string;
  version: string;
  /** As its author names it (SPDX); `unknown` where neither the lock file nor the package says one. */
  licence: string;
  /** It wants to run a script when it is installed. */
  hasInstallScript: boolean;
}

/** The packages that the lock file of `folder` installs for production, by name. Folders of this repository that stand in for packages are no packages. */
export async function productionPackages(folder: string): Promise<ProductionPackage[]> {
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const entries = Object.entries(lock.packages).filter(([path, { dev, link }]) => {
    const isOurs = link === true || path.includes("/adapters/");
    return path.includes("node_modules/") && !dev && !isOurs;
  });
  const packages = entries.map(async ([path, { version, license, hasInstallScript = false }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const own = await manifestOf(join(folder, path));
    return {
      name,
      version: version ?? own.version ?? "",
      licence: license ?? own.license ?? "unknown",
      hasInstallScript,
    };
  });
  return (await Promise.all(packages)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function manifestOf(folder: string): Promise<{ version?: string; license?: string }> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
  const { version, license, licenses } = JSON.parse(text) as {
    version?: unknown;
    license?: unknown;
    licenses?: unknown;
  };
  // Packages of old name licences in a list.
  const listed = Array.isArray(licenses) ? (licenses[0] as { type?: unknown } | undefined)?.type : undefined;
  const named = license ?? listed;
  return {
    ...(typeof version === "string" && { version }),
    ...(typeof named === "string" && { license: named }),
  };
}

/** The list as text: how many packages a licence has and which, then those with an install script. */
export function licenceReport(packages: readonly ProductionPackage[]): string {
  const byLicence = new Map<string, string[]>();
  for (const { name, version, licence } of packages)
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${name}@${version}`]);
  const licences = [...byLicence].sort((a, b) => b[1].length - a[1].length);
  const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript);
  return [
    `${packages.length} packages in production`,
    ...licences.map(([licence, names]) => `\n${licence} (${names.length})\n  ${names.join("\n  ")}`),
    `\nInstall scripts (${scripts.length}; \`npm ci --ignore-scripts\` runs none of them)`,
    ...scripts.map(({ name, version }) => `  ${name}@${version}`),
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(licenceReport(await productionPackages(root)));
