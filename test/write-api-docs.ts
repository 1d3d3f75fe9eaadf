import { writeApiDocs } from "./support/api-docs.js";

// `npm run docs:api`: writes docs/openapi.json and the table of operations in docs/protocol.md.
writeApiDocs();
