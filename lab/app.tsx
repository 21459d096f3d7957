import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Busy, Pick } from "./parts/controls.tsx";
import { DropAnywhere } from "./parts/drop-anywhere.tsx";
import { percent } from "./parts/numbers.ts";
import { language, languages } from "./store/language.ts";
import { link, linkTo, param } from "./store/link.ts";
import { phase } from "./store/phase.ts";
import { notice, problem } from "./store/problem.ts";
import { cancel, explained, openAgain } from "./store/session.ts";
import { colormap, colormaps } from "./store/settings.ts";
import { appWords } from "./strings/app.ts";
import { type AskingProps, isViewName, type ViewName, viewNames, views } from "./views.ts";

export function App() {
  const words = appWords();
  const asked = link.value.view;
  const view = isViewName(asked) ? asked : "look";
  const title = `${words.names[view]} · ${words.title}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <button type="button" class="skip" onClick={toView}>
        {words.skip}
      </button>
      <header class="top">
        <a class="brand" href={linkTo("look")}>
          {words.title}
        </a>
        <Settings />
      </header>
      <nav aria-label={words.views}>
        <ol>
          {viewNames.map((name) => (
            <li key={name}>
              <a href={linkTo(name)} aria-current={name === view ? "page" : undefined}>
                {words.names[name]}
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <main id="view" tabIndex={-1}>
        <Messages unknown={!isViewName(asked)} />
        <h1>{words.names[view]}</h1>
        {param("lesson") !== undefined && <Plain load={loadLessonBar} />}
        <Progress />
        <View key={view} name={view} />
      </main>
      <DropAnywhere />
    </>
  );
}

/** Past the list of views, for those who go by keys. */
function toView(): void {
  document.querySelector<HTMLElement>("#view")?.focus();
}

function Settings() {
  const words = appWords();
  const maps = colormaps.map((name) => [name, name] as const);
  const tongues = Object.entries(languages) as [keyof typeof languages, string][];
  return (
    <div class="settings">
      <Pick label={words.colormap} options={maps} value={colormap.value} onChange={(name) => (colormap.value = name)} />
      <Pick
        label={words.language}
        options={tongues}
        value={language.value}
        onChange={(name) => (language.value = name)}
      />
    </div>
  );
}

function Messages({ unknown }: { readonly unknown: boolean }) {
  const words = appWords();
  const said = notice.value ?? (unknown ? words.noView : undefined);
  return (
    <>
      {problem.value !== undefined && (
        <div class="message problem" role="alert">
          <p>{problem.value}</p>
          <button type="button" onClick={() => (problem.value = undefined)}>
            {words.close}
          </button>
        </div>
      )}
      {said !== undefined && (
        <div class="message" role="status">
          <p>{said}</p>
          {notice.value !== undefined && (
            <button type="button" onClick={() => (notice.value = undefined)}>
              {words.close}
            </button>
          )}
        </div>
      )}
    </>
  );
}

function Progress() {
  const words = appWords();
  const now = phase.value;
  const giveUp = { label: words.cancel, onClick: cancel };
  if (now.kind === "nothing") return <Nothing />;
  if (now.kind === "starting") return <Busy label={words.starting} />;
  if (now.kind === "looking") return <Busy label={words.looking} cancel={giveUp} />;
  if (now.kind !== "loading") return null;
  const share = now.total > 0 ? now.done / now.total : undefined;
  return <Busy label={words.loading(share === undefined ? "" : percent(share))} share={share} cancel={giveUp} />;
}

/** No network is open, but one may be opened. */
function Nothing() {
  const words = appWords();
  return (
    <div class="message" role="status">
      <p>
        {words.nothing} <a href={linkTo("look")}>{words.sources}</a>
      </p>
      <button type="button" onClick={() => void openAgain()}>
        {words.openAgain}
      </button>
    </div>
  );
}

/** A component that comes with its first use. */
function useLoaded<Props>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> | undefined {
  const [loaded, setLoaded] = useState<ComponentType<Props>>();
  useEffect(() => {
    let wanted = true;
    void load().then((component) => {
      if (wanted) setLoaded(() => component);
    });
    return () => {
      wanted = false;
    };
  }, [load]);
  return loaded;
}

const loadLessonBar = async () => (await import("./parts/lesson-bar.tsx")).LessonBar;

function View({ name }: { readonly name: ViewName }) {
  const view = views[name];
  if (phase.value.kind === "without-gpu") return <WithoutGpu reason={phase.value.reason} />;
  return view.asks ? <Asking load={view.load} /> : <Plain load={view.load} />;
}

function Plain({ load }: { readonly load: () => Promise<ComponentType> }) {
  const Loaded = useLoaded(load);
  return Loaded ? <Loaded /> : null;
}

function Asking({ load }: { readonly load: () => Promise<ComponentType<AskingProps>> }) {
  const Loaded = useLoaded(load);
  const one = explained.value;
  return Loaded && one ? <Loaded one={one} /> : null;
}

function WithoutGpu({ reason }: { readonly reason: string }) {
  const words = appWords();
  return (
    <section class="message problem">
      <div>
        <p>
          <strong>{words.withoutGpu}</strong>
        </p>
        <ul>
          {words.withoutGpuHelp.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <p class="soft">{reason}</p>
      </div>
    </section>
  );
}
