// Loaded before a program of a test (`--import`): names are looked up at TEST_NAME_SERVER and nowhere else.
import dns from "node:dns/promises";
import { syncBuiltinESMExports } from "node:module";

const { Resolver } = dns;

dns.Resolver = class extends Resolver {
  constructor(options) {
    super(options);
    this.setServers([process.env.TEST_NAME_SERVER ?? ""]);
  }
};
syncBuiltinESMExports();
