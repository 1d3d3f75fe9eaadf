import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { isForbidden } from "../../../adapters/kit/public-addresses.js";

describe("an address", () => {
  test.each([
    ["nothing", "0.0.0.0"],
    ["this machine", "127.0.0.1"],
    ["this machine, otherwise", "127.255.255.254"],
    ["a private network", "10.0.0.1"],
    ["a private network", "172.16.0.1"],
    ["Docker's bridge", "172.17.0.1"],
    ["a private network", "172.31.255.255"],
    ["a private network", "192.168.1.1"],
    ["a carrier's network", "100.64.0.1"],
    ["metadata of Alibaba", "100.100.100.200"],
    ["metadata of most clouds", "169.254.169.254"],
    ["metadata of ECS tasks", "169.254.170.2"],
    ["the agent of Azure", "168.63.129.16"],
    ["metadata of Oracle", "192.0.0.192"],
    ["documentation", "192.0.2.1"],
    ["documentation", "198.51.100.1"],
    ["documentation", "203.0.113.10"],
    ["benchmarks", "198.18.0.1"],
    ["a relay to 6to4", "192.88.99.1"],
    ["multicast", "224.0.0.251"],
    ["nothing", "240.0.0.1"],
    ["everybody", "255.255.255.255"],
    ["nothing, over IPv6", "::"],
    ["this machine, over IPv6", "::1"],
    ["mapped IPv4", "::ffff:127.0.0.1"],
    ["mapped IPv4", "::ffff:8.8.8.8"],
    ["mapped IPv4, in hex", "::ffff:a9fe:a9fe"],
    ["compatible IPv4", "::127.0.0.1"],
    ["NAT64", "64:ff9b::a9fe:a9fe"],
    ["NAT64 of a network", "64:ff9b:1::1"],
    ["Teredo", "2001:0:53aa:64c::1"],
    ["6to4 of a private network", "2002:a00:1::1"],
    ["6to4 of metadata", "2002:a9fe:a9fe::1"],
    ["a unique local address", "fc00::1"],
    ["metadata of AWS, over IPv6", "fd00:ec2::254"],
    ["metadata of Google, over IPv6", "fd20:ce::254"],
    ["a link", "fe80::1"],
    ["a link, with its scope", "fe80::1%eth0"],
    ["a public address with a scope", "2606:4700::1111%eth0"],
    ["a site", "fec0::1"],
    ["multicast, over IPv6", "ff02::1"],
    ["documentation, over IPv6", "2001:db8::1"],
    ["documentation, over IPv6", "3fff::1"],
    ["discarded", "100::1"],
    ["no address", "example.org"],
    ["no address", "127.1"],
    ["no address", "[::1]"],
    ["no address", ""],
  ])("of %s is not dialled: %s", (_, address) => {
    expect(isForbidden(address)).toBe(true);
  });

  test.each(["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.255.255"])(
    "of the public internet is: %s",
    (address) => {
      expect(isForbidden(address)).toBe(false);
    },
  );
  test.each([
    "172.32.0.1",
    "192.167.255.255",
    "192.169.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450::1",
  ])("beside a forbidden network is: %s", (address) => {
    expect(isForbidden(address)).toBe(false);
  });

  describe("of this machine that is public", () => {
    const one = (address: string, family: "IPv4" | "IPv6"): NetworkInterfaceInfo =>
      ({ address, family, internal: false, mac: "", netmask: "", cidr: null, scopeid: 0 }) as NetworkInterfaceInfo;
    const interfaces = () => ({
      eth0: [one("8.8.4.4", "IPv4"), one("2a00:1450::7", "IPv6"), one("fe80::1%eth0", "IPv6")],
      lo: [one("127.0.0.1", "IPv4")],
      gone: undefined,
    });

    test.each(["8.8.4.4", "2a00:1450::7", "2A00:1450:0:0:0:0:0:7", "2a00:1450:0000::0007"])("is not: %s", (address) => {
      expect(isForbidden(address, interfaces)).toBe(true);
      expect(isForbidden(address, () => ({}))).toBe(false);
    });

    test.each(["8.8.4.5", "2a00:1450::8"])("leaves its neighbour: %s", (address) => {
      expect(isForbidden(address, interfaces)).toBe(false);
    });
  });

  test("of this machine is not, whatever it is", () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ address }) => !isForbidden(address))).toEqual([]);
  });
});
