import { addressOf, lessons } from "../../lab/lessons.ts";
import { englishSteps } from "../../lab/strings/lessons-en.ts";

/** The lessons as a page to read. */
export function lessonsPage(): string {
  const intro =
    "The lab's lessons, to read: eight steps through its first eight views, about twenty minutes in all. " +
    "`npm run lab` opens the lab; its last view, Lessons, leads through the same steps and asks before it tells. " +
    "The addresses below are what follows the lab's own address.";
  const steps = englishSteps.map((step, i) => {
    const { right = 0, view = "look" } = lessons[i] ?? {};
    return [
      `## ${i + 1}. ${step.title}`,
      wrapped(step.about),
      `Open \`${addressOf(i)}\``,
      `![The view of lesson ${i + 1} in the lab](images/lesson-${view}.png)`,
      step.tasks.map((line) => wrapped(`- ${line}`, "  ")).join("\n"),
      wrapped(`**${step.question}**`),
      step.choices.map((choice) => wrapped(`- ${choice}`, "  ")).join("\n"),
      wrapped(`Answer: “${step.choices[right]}” ${step.answer}`),
      wrapped(`**Remember:** ${step.remember}`),
    ].join("\n\n");
  });
  return `${["# Lessons", wrapped(intro), ...steps].join("\n\n")}\n`;
}

/** In lines of at most 120 characters. */
function wrapped(text: string, indent = ""): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= 120) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : indent + word);
  }
  return lines.join("\n");
}
