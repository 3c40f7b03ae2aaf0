package org.sparklora.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.data.TestDataset;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.SomeRun;
import org.sparklora.report.history.RunHistory;

class PageTest {
  private static final String EVIL = "</script><img src=x onerror=alert(1)>\"'><b>";

  private static String page(RunHistory history, String... arguments) {
    return Page.of(
        new PageModel(
            history, SomeRun.facts(arguments), SomeRun.BEGAN.plusSeconds(60).toEpochMilli(), 10));
  }

  @Test
  void aMillionStepsMakeAPageOfLessThanAMegabyte() {
    RunHistory history =
        SomeRun.history(
            SomeRun.started("run", "app-1"), SomeRun.prepared(0), SomeRun.training(0, 1_000_000));
    SomeRun.train(history, 0, 1_000_000);
    assertThat(page(history).getBytes(StandardCharsets.UTF_8).length).isLessThan(500_000);
  }

  @Test
  void whatComesFromOutsideIsText() {
    byte[] picture = TestDataset.png(8, 8, 0xff);
    RunHistory history =
        SomeRun.history(
            SomeRun.started(EVIL, EVIL),
            SomeRun.prepared(1, EVIL),
            SomeRun.training(0, 10),
            SomeRun.stepped(0),
            SomeRun.validated(1, EVIL, picture, picture),
            SomeRun.incident(1, EVIL),
            SomeRun.saved(1),
            SomeRun.failed(1, EVIL));
    String page = page(history, "train", "--validation_prompt=" + EVIL);
    assertThat(page).doesNotContain("<img src=x").doesNotContain("><b>").contains("&lt;img src=x");
    assertThat(page.split("</script>", -1)).hasSize(2);
  }

  @Test
  void nothingIsLoadedFromElsewhere() {
    String page = page(SomeRun.history(SomeRun.started("run", "app-1")));
    assertThat(page.replace("http://www.w3.org/2000/svg", "a name"))
        .contains("default-src &#39;none&#39;")
        .doesNotContain("http://")
        .doesNotContain("https://")
        .doesNotContain("url(");
  }

  @Test
  void onlyARunOnGpusShowsTheirMemory() {
    RunHistory history =
        SomeRun.history(
            SomeRun.started("run", "app-1"), SomeRun.training(0, 100), SomeRun.stepped(0));
    assertThat(page(history)).doesNotContain("Memory of the fullest GPU");
    history.add(SomeRun.stepped(1, 17_000_000_000L));
    assertThat(page(history)).contains("Memory of the fullest GPU", "17,000");
  }

  @Test
  void aPageBeforeTheFirstStepSaysSo() {
    assertThat(page(SomeRun.history(SomeRun.started("run", "app-1"))))
        .contains("Preparing", "before the first step", "There is no checkpoint yet");
  }

  @Test
  void aFailureSaysWhyAndHowToGoOn() {
    RunHistory history =
        SomeRun.history(
            SomeRun.started("run", "app-1"),
            SomeRun.prepared(0),
            SomeRun.training(0, 100),
            SomeRun.stepped(0),
            SomeRun.stepped(1),
            SomeRun.saved(1),
            SomeRun.failed(2, "all workers were lost"));
    assertThat(page(history, "train", "--rank=4"))
        .contains("Why it failed", "all workers were lost", "/out/run/checkpoint-1")
        .contains("1 step will be computed anew")
        .contains("cd /work &amp;&amp;\njava -jar spark-lora.jar train \\\n  --rank=4")
        .contains("--resume_from_checkpoint=latest");
  }

  @Test
  void saysHowLearnedTokensAreLoaded() {
    RunEvent started =
        new RunEvent.Started(
            SomeRun.BEGAN,
            new RunEvent.RunDescription(
                "run",
                "file:/out/run",
                "base-model",
                "pictures",
                192,
                0,
                1,
                Map.of("placeholder_tokens", "<s1>|<s2>"),
                "app-1"));
    assertThat(
            page(
                SomeRun.history(
                    started,
                    SomeRun.prepared(0),
                    SomeRun.training(0, 2),
                    SomeRun.stepped(0),
                    SomeRun.saved(1))))
        .contains("a picture of &lt;s1&gt; &lt;s2&gt;")
        .contains("load_textual_inversion", "learned_embeds_1.safetensors")
        .doesNotContain("load_lora_weights");
  }
}
