import { useEffect, useMemo } from "preact/hooks";
import { Reveal } from "../parts/controls.tsx";
import { bytes } from "../parts/numbers.ts";
import { param, setParams } from "../store/link.ts";
import type { Explained } from "../store/session.ts";
import { nodeOf, nodesOf } from "../store/tape.ts";
import { networkWords } from "../strings/network.ts";
import type { AskingProps } from "../views.ts";
import { Found, Graph } from "./network/graph.tsx";
import { type Group, groupsOf } from "./network/layout.ts";

/** Networks of at most so many operations are shown with all groups open at first. */
const fewNodes = 24;

export function NetworkMap({ one }: AskingProps) {
  const words = networkWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <Shown one={one} />
      <Reveal question={words.reluQuestion}>
        <p>{words.reluAnswer}</p>
      </Reveal>
      <Reveal question={words.placeQuestion}>
        <p>{words.placeAnswer}</p>
      </Reveal>
    </>
  );
}

function Shown({ one }: { readonly one: Explained }) {
  const words = networkWords();
  const nodes = useMemo(() => nodesOf(one.run), [one]);
  const groups = useMemo(() => groupsOf(one.run, nodes), [one, nodes]);
  const named = groups.filter((group) => group.nodes.length > 1).map(({ name }) => name);
  const chosen = nodeOf(nodes, param("node"));
  const open = new Set(param("open")?.split(",") ?? (nodes.length <= fewNodes ? named : []));
  const find = param("find") ?? "";
  const held = nodes.reduce((sum, { output }) => sum + 4 * output.size, 0);
  useEffect(() => {
    document.querySelector(".graph [aria-expanded='true'].of-node")?.scrollIntoView({ block: "center" });
  }, []);
  const setOpen = (names: Iterable<string>) => setParams({ open: [...names].join(",") });
  const toggle = ({ name, nodes: within }: Group, wasOpen: boolean) => {
    const names = wasOpen ? [...open].filter((other) => other !== name) : [...open, name];
    setParams({ open: names.join(","), ...(wasOpen && chosen && within.includes(chosen) ? { node: undefined } : {}) });
  };
  return (
    <>
      <p>{words.held(nodes.length, bytes(held))}</p>
      <div class="controls">
        <span class="field">
          <label for="find">{words.find}</label>
          <input
            id="find"
            type="search"
            value={find}
            onInput={(event) => setParams({ find: event.currentTarget.value || undefined })}
          />
        </span>
        <button type="button" disabled={find !== ""} onClick={() => setOpen(named)}>
          {words.openAll}
        </button>
        <button type="button" disabled={find !== ""} onClick={() => setOpen([])}>
          {words.closeAll}
        </button>
      </div>
      {find ? (
        <Found {...{ one, nodes, chosen, find }} />
      ) : (
        <Graph {...{ one, nodes, groups, chosen, open }} onToggle={toggle} />
      )}
    </>
  );
}
