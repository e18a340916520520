"""What the reports of benchmarks in the lab share.

A directory that measure.sh filled:
HOST.log    lines "BENCH PAIR WHO ...", in the order of the plugin's labels
blocks      "LABEL ADDRESS INSTRUCTIONS": insnprof's counts
share/symbols.PAIR.WHO   "ADDRESS NAME [MODULE]" while these modules were loaded
"""
import bisect
import collections
import os
import statistics

HOSTS = ("uml", "debian")


def read_lines(path):
    """The words of a run's BENCH lines, without the first."""
    return [w[1:] for w in (line.split() for line in open(path, errors="replace")) if w and w[0] == "BENCH"]


def spread(values):
    values = list(values)
    return {"min": min(values), "median": statistics.median(values), "max": max(values), "n": len(values)}


def cell(s, form):
    """A spread in three numbers."""
    return "-" if not s else " ".join(form % s[k] for k in ("min", "median", "max"))


class Symbols:
    def __init__(self, path):
        self.symbol = []
        for line in open(path):
            word = line.split()
            self.symbol.append((int(word[0], 16), word[1], word[2].strip("[]") if len(word) > 2 else "kernel"))
        self.symbol.sort()
        self.address = [s[0] for s in self.symbol]

    def find(self, address):
        i = bisect.bisect_right(self.address, address) - 1
        return self.symbol[i][1:] if i >= 0 else ("?", "?")


def profile(directory, samples, key):
    """key(sample) -> (module, function) -> instructions per packet, of the first pair."""
    blocks = collections.defaultdict(list)
    for line in open(os.path.join(directory, "blocks")):
        label, address, n = line.split()
        blocks[int(label)].append((int(address, 16), int(n)))
    symbols, found = {}, {}
    for label, s in enumerate(samples, 1):
        if s["pair"] != 1:
            continue
        if s["who"] not in symbols:
            symbols[s["who"]] = Symbols(os.path.join(directory, "share", f"symbols.1.{s['who']}"))
        by_function = collections.Counter()
        for address, n in blocks[label]:
            name, module = symbols[s["who"]].find(address)
            by_function[module, name] += n / s["packets"]
        found[key(s)] = by_function
    return found


def has_profile(directory):
    return os.path.exists(os.path.join(directory, "blocks"))


def as_json(functions):
    """What cost half an instruction or more."""
    return {f"{name} [{module}]": round(n, 1) for (module, name), n in functions.items() if n >= 0.5}


def modules_of(functions):
    total = collections.Counter()
    for (module, _), n in functions.items():
        total[module] += n
    return total


def print_modules(found, title):
    mine = {k: modules_of(v) for k, v in found.items()}
    names = [m for m, _ in sum(mine.values(), collections.Counter()).most_common(7)]
    print(f"\n{title}, by module")
    print(f"{'':26} {'all':>7} " + " ".join(f"{n[:11]:>11}" for n in names))
    for k, by_module in mine.items():
        print(f"{k:26} {sum(by_module.values()):7.0f} " + " ".join(f"{by_module[n]:11.0f}" for n in names))


def print_functions(found, title, functions):
    print(f"\n{title}: by function")
    print(" ".join(f"{k:>13}" for k in found))
    most = collections.Counter()
    for by_function in found.values():
        for f, n in by_function.items():
            most[f] = max(most[f], n)
    for f, _ in most.most_common(functions):
        print(" ".join(f"{v.get(f, 0):13.1f}" for v in found.values()) + f"  {f[1]} [{f[0]}]")
