/** Stands in a file outside of the work folder; no look into the folder may ever show it. */
export const outsideText = "text-from-outside-the-work-folder";

/** One thing that a hostile agent puts into its work folder. */
export interface WorkPlant {
  name: string;
  /** Shell commands run in the work folder, a repository with one commit. `$OUT` is a folder outside, with `secret.txt` in it and a repository in `repo`; `$RAN` must never come to be. */
  script: string;
  /** Paths that are looked at besides the usual ones. */
  paths?: readonly string[];
}

const link = (name: string, target: string, path = name): WorkPlant => ({
  name: `a link ${name} to ${target}`,
  script: `ln -s "${target}" '${name}'`,
  paths: [path],
});

const file = (name: string): WorkPlant => ({
  name: `a file named ${JSON.stringify(name)}`,
  script: `printf x > "$(printf '${escaped(name)}')"`,
  paths: [name],
});

const escaped = (name: string) =>
  [...Buffer.from(name)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");

/** A setting of Git that names a program, and what makes Git use it. */
const setting = (name: string, value = 'sh -c "touch $RAN"', more = ""): WorkPlant => ({
  name: `the Git setting ${name}`,
  script: `git config ${name} '${value.replace("$RAN", "'\"$RAN\"'")}'; ${more}echo more >> a.txt`,
});

const attribute = (text: string) => `echo '${text}' > .gitattributes; `;

/** Every plant: links, kinds of files, names, sizes, and settings, hooks, objects and files of Git. */
export const workPlants: readonly WorkPlant[] = [
  link("passwd", "/etc/passwd"),
  link("out", "$OUT", "out/secret.txt"),
  link("secret", "$OUT/secret.txt"),
  link("up", "..", "up/labels.json"),
  link("far-up", "../../..", "far-up/out/secret.txt"),
  link("root", "/", "root/etc/passwd"),
  link("self", "self"),
  link("loop", ".", "loop/loop/loop/a.txt"),
  link("proc", "/proc/self", "proc/environ"),
  link("descriptor", "/proc/self/fd/0"),
  link("device", "/dev/zero"),
  link("nowhere", "$OUT/none"),
  { name: "links that point at each other", script: "ln -s b2 b1; ln -s b1 b2", paths: ["b1", "b1/x"] },
  { name: "a chain of links", script: 'ln -s "$OUT" c1; ln -s c1 c2; ln -s c2 c3', paths: ["c3/secret.txt"] },
  { name: "a tracked folder replaced by a link", script: 'rm -rf src; ln -s "$OUT" src', paths: ["src/secret.txt"] },
  { name: "a tracked file replaced by a link", script: 'rm a.txt; ln -s "$OUT/secret.txt" a.txt', paths: ["a.txt"] },
  { name: "a pipe", script: "mkfifo pipe", paths: ["pipe"] },
  { name: "a pipe in place of a tracked file", script: "rm a.txt; mkfifo a.txt", paths: ["a.txt"] },
  {
    name: "a socket",
    script: `node -e 'require("net").createServer().listen("sock", () => process.exit(0))'; test -S sock`,
    paths: ["sock"],
  },
  { name: "a folder that may not be read", script: "mkdir shut; chmod 000 shut", paths: ["shut", "shut/x"] },
  { name: "a file that may not be read", script: "echo x > shut.txt; chmod 000 shut.txt", paths: ["shut.txt"] },
  {
    name: "a deep folder",
    script: 'p=d; for i in $(seq 1 300); do p=$p/d; done; mkdir -p "$p"',
    paths: ["d/".repeat(250), "d/".repeat(290)],
  },
  { name: "a sparse file of 8 TB", script: "truncate -s 8T sparse || truncate -s 1T sparse", paths: ["sparse"] },
  { name: "a tracked file of 64 MB", script: "head -c 64M /dev/zero | tr '\\0' x > a.txt", paths: ["a.txt"] },
  { name: "a line of 8 MB", script: "head -c 8M /dev/zero | tr '\\0' y > a.txt", paths: ["a.txt"] },
  { name: "20,000 files", script: "mkdir many; cd many; seq 1 20000 | xargs touch", paths: ["many"] },
  file("line\nfeed"),
  file("tab\there"),
  file("escape\u001b[2Jred"),
  file("right\u202eto-left"),
  file("zero\u200bwidth"),
  file("-rf"),
  file("--upload-pack=touch"),
  file(":(exclude)a.txt"),
  file("quo\"te's`$(touch ran)`"),
  file(" leading and trailing "),
  file("ends with a line feed\n"),
  { name: "a name that is not text", script: "printf x > \"$(printf '\\377\\376')\"", paths: ["\ufffd\ufffd"] },
  { name: "a .git file that points elsewhere", script: 'rm -rf .git; echo "gitdir: $OUT/repo/.git" > .git' },
  { name: "a .git that is a link", script: 'rm -rf .git; ln -s "$OUT/repo/.git" .git', paths: [".git/config"] },
  { name: "a commondir", script: 'echo "$OUT/repo/.git" > .git/commondir' },
  {
    name: "alternates",
    script: 'mkdir -p .git/objects/info; echo "$OUT/repo/.git/objects" > .git/objects/info/alternates',
  },
  {
    name: "objects that are a link",
    script:
      'rm -rf .git/objects; ln -s "$OUT/repo/.git/objects" .git/objects; (cd "$OUT/repo" && git rev-parse HEAD) > .git/HEAD',
  },
  {
    name: "packs that are a link",
    script: 'rm -rf .git/objects/pack; ln -s "$OUT/repo/.git/objects/pack" .git/objects/pack',
  },
  { name: "a HEAD that climbs out", script: "echo 'ref: refs/../../../labels.json' > .git/HEAD" },
  { name: "a HEAD that is a link", script: 'ln -sf "$OUT/secret.txt" .git/HEAD', paths: [".git/HEAD"] },
  { name: "a branch that is a link", script: 'ln -sf "$OUT/secret.txt" ".git/$(git symbolic-ref HEAD)"' },
  {
    name: "an index that names files outside",
    script:
      "printf '100644 %s 0\\t../../out/secret.txt\\n' \"$(git hash-object -w a.txt)\" | git update-index --index-info 2>/dev/null; true",
  },
  { name: "an index that hides a change", script: "git update-index --assume-unchanged a.txt; echo more >> a.txt" },
  {
    name: "a tree with names that climb out",
    script:
      "t=$(printf '100644 blob %s\\t..\\n' $(git hash-object -w a.txt) | git mktree 2>/dev/null) && git update-ref HEAD $(git commit-tree -m x $t); true",
  },
  {
    name: "replaced objects",
    script: "echo y > b.txt; git replace $(git rev-parse HEAD:a.txt) $(git hash-object -w b.txt)",
  },
  { name: "a work tree elsewhere", script: 'git config core.worktree "$OUT"' },
  setting("core.fsmonitor", "touch $RAN"),
  setting(
    "core.hooksPath",
    "$PWD/hooks",
    "mkdir hooks; printf '#!/bin/sh\\ntouch \"'\"$RAN\"'\"' > hooks/post-index-change; chmod +x hooks/*; ",
  ),
  setting("diff.external", "touch $RAN"),
  setting("diff.x.command", "touch $RAN", attribute("* diff=x")),
  setting("diff.x.textconv", "touch $RAN;cat", attribute("* diff=x")),
  setting("filter.x.clean", "touch $RAN;cat", attribute("* filter=x")),
  setting("filter.x.process", "touch $RAN", attribute("* filter=x")),
  setting("filter.x.smudge", "touch $RAN;cat", attribute("* filter=x")),
  setting("core.sshCommand", "touch $RAN"),
  setting("core.pager", "touch $RAN"),
  setting("pager.diff", "touch $RAN"),
  setting("core.askPass", "touch $RAN"),
  setting("core.editor", "touch $RAN"),
  setting("alias.diff", "!touch $RAN"),
  setting("alias.status", "!touch $RAN"),
  setting("credential.helper", "!touch $RAN"),
  setting("uploadpack.packObjectsHook", "touch $RAN"),
  setting("interactive.diffFilter", "touch $RAN"),
  {
    name: "an included file of settings",
    script:
      'printf "[diff]\\n\\texternal = touch $RAN\\n" > "$OUT/settings"; git config include.path "$OUT/settings"; echo more >> a.txt',
  },
  {
    name: "settings of a work tree",
    script:
      'git config extensions.worktreeConfig true; printf "[diff]\\n\\texternal = touch $RAN\\n" > .git/config.worktree; echo more >> a.txt',
  },
  {
    name: "a partial clone that fetches",
    script:
      'git config extensions.partialClone origin; git config remote.origin.url "ext::touch $RAN"; git config remote.origin.promisor true; rm -rf .git/objects/??',
  },
  {
    name: "a submodule with settings of its own",
    script:
      'git init -q sub; git -C sub commit -q --allow-empty -m x; git -C sub config core.fsmonitor "touch $RAN"; git add sub 2>/dev/null; git commit -qm sub; echo x > sub/new',
  },
  {
    name: "a nested repository elsewhere",
    script: 'mkdir nested; echo "gitdir: $OUT/repo/.git" > nested/.git; echo x > nested/x',
  },
  {
    name: "hooks",
    script:
      'for h in post-index-change post-checkout fsmonitor-watchman pre-auto-gc; do printf "#!/bin/sh\\ntouch $RAN\\n" > .git/hooks/$h; chmod +x .git/hooks/$h; done; echo more >> a.txt',
  },
  {
    name: "attributes that are a link",
    script: 'ln -s "$OUT/secret.txt" .gitattributes; echo more >> a.txt',
    paths: [".gitattributes"],
  },
  {
    name: "an ignore file that is a link",
    script: 'ln -s "$OUT/secret.txt" .gitignore; echo more >> a.txt',
    paths: [".gitignore"],
  },
];
