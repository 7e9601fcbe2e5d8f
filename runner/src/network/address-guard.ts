/** Owns which addresses the runner connects to: every address that a name resolves to is judged, and the judged one is connected. */
import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction, Socket } from "node:net";
import { StepError } from "../errors.ts";

/** What is allowed beyond the fixed ranges. */
export interface AddressPolicy {
  /** True outside a cluster, where the user's own rights apply. */
  readonly allowLoopback: boolean;
  /** Addresses of the API server: never a peer. */
  readonly apiServer: readonly string[];
}

/** Opens connections that the policy allows. */
export interface Network {
  /** A socket that is not connected; its `connect(port, host)` fails with StepError `AddressRefused` for a refused address. */
  newSocket(): Socket;
}

// Never a source or a receiver; private ranges are normal here.
const neverRanges: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ["0.0.0.0", 8, "unspecified"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local"],
  ["192.0.2.0", 24, "reserved for documentation"],
  ["198.18.0.0", 15, "reserved for benchmarks"],
  ["198.51.100.0", 24, "reserved for documentation"],
  ["203.0.113.0", 24, "reserved for documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
  ["::", 128, "unspecified"],
  ["::1", 128, "loopback"],
  ["fe80::", 10, "link-local"],
  ["fd00:ec2::254", 128, "a metadata service"],
  ["ff00::", 8, "multicast"],
  ["2001:db8::", 32, "reserved for documentation"],
];

const lists = neverRanges.map(([network, prefix, what]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, familyOf(network));
  return { list, what, family: familyOf(network) };
});

/** Says why an address is refused, or undefined when it is allowed. IPv4 inside IPv6 is judged as the IPv4 that it is. */
export function refusalOf(address: string, policy: AddressPolicy): string | undefined {
  const plain = unwrapped(address);
  if (policy.apiServer.some((one) => unwrapped(one) === plain)) return "the API server";
  const family = familyOf(plain);
  const found = lists.find((one) => one.family === family && one.list.check(plain, family));
  if (!found || (found.what === "loopback" && policy.allowLoopback)) return undefined;
  return found.what;
}

/** A network under a policy. */
export function newNetwork(policy: AddressPolicy): Network {
  const guardedLookup: LookupFunction = (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const refused = error ? undefined : firstRefusal(host, addresses, policy);
      if (error || refused) return done(error ?? (refused as StepError), "", 4);
      if (options.all) return done(null, addresses);
      const [first] = addresses;
      done(null, first?.address ?? "", first?.family ?? 4);
    });
  };
  return {
    newSocket: () => {
      const socket = new Socket();
      const connect = socket.connect.bind(socket) as (options: object) => Socket;
      const judged = (port: number, host: string): Socket => {
        const why = isIP(host) === 0 ? undefined : refusalOf(host, policy);
        return why ? socket.destroy(refusal(host, host, why)) : connect({ port, host, lookup: guardedLookup });
      };
      return Object.assign(socket, { connect: judged });
    },
  };
}

/** One bad address refuses the name: the answers of a name server may change their order. */
function firstRefusal(host: string, addresses: readonly LookupAddress[], policy: AddressPolicy): StepError | undefined {
  for (const { address } of addresses) {
    const why = refusalOf(address, policy);
    if (why) return refusal(host, address, why);
  }
  return undefined;
}

function refusal(host: string, address: string, why: string): StepError {
  const shown = host === address ? host : `${host}, which is ${address},`;
  return new StepError(
    "AddressRefused",
    `the runner never connects to ${shown} because it is ${why}; name a host outside the refused ranges`,
  );
}

/** The IPv4 in ::ffff:a.b.c.d, 64:ff9b::/96 and 2002::/16; any other address in one spelling. */
function unwrapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = groupsOf(address.split("%")[0] ?? address);
  const last = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  const isTranslated = groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
  if (isMapped || isTranslated) return dotted(last);
  if (groups[0] === 0x2002) return dotted(groups.slice(1, 3));
  return groups.map((group) => group.toString(16)).join(":");
}

function groupsOf(address: string): readonly number[] {
  const withoutDots = address.replace(/[\d.]+$/, (end) => (end.includes(".") ? asGroups(end) : end));
  const [head = "", tail] = withoutDots.split("::");
  const parse = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [left, right] = [parse(head), parse(tail ?? "")];
  return tail === undefined
    ? left
    : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

/** The last 32 bits of an address that are written as an IPv4 address. */
function asGroups(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function dotted(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join(".");
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}
