package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.browser.Browser;
import org.sparklora.browser.BrowserPage;

/**
 * The report of a real run that is killed twice and goes on by the command its page names, seen by
 * a real browser.
 */
@Tag("slow")
class ReportIT {
  private static final int PHONE = 390;
  private static final int DESKTOP = 1440;
  private static final int RIGHT_ARROW = 39;
  private static final int LEFT_ARROW = 37;
  private static final int STEPS = 400;

  private static final Pattern COMMAND =
      Pattern.compile(
          "To go on:</p><div class=\"command\"><pre tabindex=\"0\"><code>(.*?)</code>",
          Pattern.DOTALL);

  private static final Pattern CHECKPOINT =
      Pattern.compile("data-state=\"running\".*Last whole checkpoint: step (\\d+)", Pattern.DOTALL);

  @TempDir private static Path folder;

  private final Path out = folder.resolve("run");
  private final Path log = folder.resolve("log");

  @Test
  void aKilledRunSaysHowToGoOnAndThatCommandFinishesIt() throws Exception {
    Optional<Path> program = Browser.program();
    assumeTrue(program.isPresent(), "No chromium on the PATH: the report is not looked at");
    try (Browser browser = new Browser(program.get())) {
      Process terminated = start(command());
      awaitCheckpoint(terminated, 10);
      looksRight(browser, "running");
      terminated.destroy();
      assertThat(terminated.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(page()).contains("Why it stopped", "SIGTERM");
      assertThat(Files.readString(log)).contains("Told to end after step", resumeCommand());
      looksRight(browser, "stopped");

      Process killed = start(List.of("sh", "-c", resumeCommand()));
      awaitCheckpoint(killed, 20);
      kill(killed);
      assertThat(page()).contains("data-state=\"running\"");
      showsByItsClockThatTheRunIsGone(browser);

      Process last = start(List.of("sh", "-c", resumeCommand()));
      assertThat(last.waitFor(120, TimeUnit.SECONDS)).isTrue();
      assertThat(last.exitValue()).as(Files.readString(log)).isZero();
      assertThat(page()).contains("Attempt 3", "the driver was killed or lost");
      looksRight(browser, "finished");
      showsEveryStepOnce(browser);
      showsPicturesByKeyboard(browser);
    }
  }

  private List<String> command() {
    List<String> command =
        new ArrayList<>(
            List.of(
                "java",
                "-jar",
                Path.of("target/spark-lora.jar").toAbsolutePath().toString(),
                "train"));
    command.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 12, out));
    command.addAll(
        List.of(
            "--master=local[1]",
            "--max_train_steps=" + STEPS,
            "--checkpointing_steps=10",
            "--validation_prompt=<b>a book</b> & an \"apple\"",
            "--validation_steps=200",
            "--num_inference_steps=2"));
    return command;
  }

  private Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Waits until the page names a whole checkpoint of this step, or of a later one. */
  private void awaitCheckpoint(Process run, int step) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
    while (System.nanoTime() < deadline) {
      assertThat(run.isAlive()).as(Files.readString(log)).isTrue();
      Matcher saved = CHECKPOINT.matcher(Files.exists(out.resolve("report.html")) ? page() : "");
      if (saved.find() && Integer.parseInt(saved.group(1)) >= step) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("No checkpoint: " + Files.readString(log));
  }

  /** The JVM that trains first: the one that waits for it would tell it to end. */
  private static void kill(Process run) throws InterruptedException {
    List<ProcessHandle> all = run.descendants().toList();
    all.stream()
        .filter(handle -> handle.children().findAny().isEmpty())
        .forEach(ProcessHandle::destroyForcibly);
    assertThat(run.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  private String page() throws IOException {
    return Files.readString(out.resolve("report.html"));
  }

  private String resumeCommand() throws IOException {
    Matcher matcher = COMMAND.matcher(page());
    assertThat(matcher.find()).isTrue();
    return matcher
        .group(1)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
  }

  private String address() {
    return out.resolve("report.html").toUri().toString();
  }

  private void looksRight(Browser browser, String state) {
    for (int width : List.of(PHONE, DESKTOP)) {
      for (String colours : List.of("light", "dark")) {
        BrowserPage page = browser.open(width, 844);
        page.colours(colours);
        page.go(address());
        assertThat(page.complaints()).isEmpty();
        assertThat(page.evaluate("document.body.dataset.state").asText()).isEqualTo(state);
        assertThat(page.evaluate("document.scrollingElement.scrollWidth").asInt())
            .isLessThanOrEqualTo(width);
        assertThat(page.evaluate(CONTRAST).asText()).isEmpty();
      }
    }
  }

  private void showsByItsClockThatTheRunIsGone(Browser browser) {
    BrowserPage page = browser.open(PHONE, 844);
    page.go(address());
    assertThat(page.evaluate("document.body.classList.contains('lost')").asBoolean()).isFalse();
    page.before("const now = Date.now; Date.now = () => now() + 600000;");
    page.go(address());
    assertThat(page.evaluate("document.body.classList.contains('lost')").asBoolean()).isTrue();
    assertThat(page.evaluate("document.getElementById('silent').innerText").asText())
        .contains("Not heard of for 10 min", "the driver process was killed");
    assertThat(page.evaluate("document.querySelector('.goon pre').innerText").asText())
        .contains("--resume_from_checkpoint=latest");
    assertThat(page.complaints()).isEmpty();
  }

  private void showsEveryStepOnce(Browser browser) {
    BrowserPage page = browser.open(DESKTOP, 900);
    page.go(address());
    String steps = "document.querySelector('.wide .line.faint').dataset.steps";
    assertThat(page.evaluate(steps).asText().split(" ")).hasSize(STEPS).doesNotHaveDuplicates();
    assertThat(page.evaluate("document.querySelectorAll('.chart .plot').length").asInt())
        .isEqualTo(6);
    page.evaluate("document.querySelector('.plot').focus()");
    page.press("End", 35);
    assertThat(page.evaluate("document.querySelector('.read').innerText").asText())
        .startsWith("step " + STEPS + ": ");
  }

  private void showsPicturesByKeyboard(Browser browser) {
    BrowserPage page = browser.open(PHONE, 844);
    page.go(address());
    String shown = "document.querySelector('.adapted.shown figcaption').innerText";
    assertThat(page.evaluate(shown).asText()).isEqualTo("step " + STEPS);
    page.evaluate("document.getElementById('at').focus()");
    page.press("ArrowLeft", LEFT_ARROW);
    assertThat(page.evaluate(shown).asText()).isEqualTo("step 200");
    page.press("ArrowRight", RIGHT_ARROW);
    assertThat(page.evaluate(shown).asText()).isEqualTo("step " + STEPS);
    assertThat(page.evaluate("document.querySelector('.prompt h3').innerText").asText())
        .contains("<b>a book</b> & an \"apple\"");
    assertThat(
            page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth === 64)")
                .asBoolean())
        .isTrue();
  }

  /**
   * Texts whose contrast with what they stand on is below WCAG's 4.5, or 3 where they are large.
   */
  private static final String CONTRAST =
      """
      (() => {
        const numbers = c => (c.match(/[\\d.]+/g) || []).map(Number);
        const light = c => {
          const [r, g, b] = numbers(c).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = e => {
          for (let at = e; at; at = at.parentElement) {
            const c = getComputedStyle(at).backgroundColor;
            if (numbers(c).length === 3 || numbers(c)[3] === 1) return c;
          }
          return 'rgb(255, 255, 255)';
        };
        const bad = [];
        document.querySelectorAll('body *').forEach(e => {
          const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim() !== '');
          const box = e.getBoundingClientRect();
          if (!own || box.width === 0 || e.tagName === 'SCRIPT') return;
          const style = getComputedStyle(e);
          const text = light(e.namespaceURI.endsWith('svg') ? style.fill : style.color);
          const under = light(ground(e));
          const ratio = (Math.max(text, under) + 0.05) / (Math.min(text, under) + 0.05);
          if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
            bad.push(e.tagName + ' ' + e.textContent.slice(0, 30) + ' ' + ratio);
          }
        });
        return bad.join('; ');
      })()
      """;
}
