import { openEnvironment } from "../../adapters/lmdb/environment.js";

/** Usage: `plant-owner.ts <folder> <record> <epoch>`, as a process of its own. */
const [, , dir = "", text = "", epoch = ""] = process.argv;
const { root, meta } = openEnvironment(dir);
await meta.put("owner", text, Number(epoch));
await root.close();
