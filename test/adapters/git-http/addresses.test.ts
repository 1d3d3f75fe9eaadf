import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { isPublic, publicOnly } from "../../../adapters/git-http/addresses.js";

describe("addresses Parley goes to for agents", () => {
  const closed = [
    ...["0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16"],
    ...[
      "169.254.169.254",
      "172.16.0.1",
      "172.31.255.255",
      "192.0.0.192",
      "192.168.1.1",
      "198.18.0.1",
      "224.0.0.1",
      "255.255.255.255",
    ],
    ...[
      "::",
      "::1",
      "::ffff:127.0.0.1",
      "::ffff:8.8.8.8",
      "64:ff9b::a00:1",
      "fe80::1",
      "fc00::1",
      "fd00:ec2::254",
      "ff02::1",
    ],
    ...["2001::1", "2001:db8::1", "2002:7f00:1::", "not an address"],
  ];
  const open = ["140.82.121.4", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:50c0:8000::153", "2a01:4f8::1"];

  test("are public ones, and none of this machine", () => {
    for (const address of closed) expect(isPublic(address), address).toBe(false);
    for (const address of open) expect(isPublic(address), address).toBe(true);
    const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
    const asked = [...own, "8.8.8.8"].map((address) => ({ address, family: 4 as const }));
    expect(publicOnly(asked)).toEqual([{ address: "8.8.8.8", family: 4 }]);
  });
});
