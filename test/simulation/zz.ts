import { simulate } from "./simulate.js";

const seed = Number(process.argv[2]);
console.log(JSON.stringify(await simulate({ seed, steps: 120, nodes: 2, dump: true } as never)));
