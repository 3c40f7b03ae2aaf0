package org.sparklora.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.data.TestDataset;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.page.TuneModel.End;
import org.sparklora.report.page.TuneModel.Loss;

class TunePageTest {
  private static final String EVIL = "<img src=x onerror=alert(1)>";

  private static TuneModel.Trial trial(int number, End end, long steps, double loss) {
    byte[] picture = TestDataset.png(8, 8, 0xff);
    return new TuneModel.Trial(
        number,
        Map.of("rank", String.valueOf(number)),
        "cafe01" + number % 2,
        end,
        steps,
        end == End.FAILED ? EVIL : "",
        "0123456789abcdef",
        end == End.FAILED ? List.of() : List.of(new Loss(0, 0.4), new Loss(steps, loss)),
        List.of(new Loss(steps, loss)),
        end == End.FAILED ? List.of() : List.of(new ValidationPicture(EVIL, 5, picture, picture)));
  }

  private static TuneModel model() {
    return model(3, false);
  }

  private static TuneModel model(int best, boolean stopped) {
    return new TuneModel(
        "sweep",
        "/m",
        "/d",
        List.of(2L, 4L),
        best,
        List.of(
            trial(1, End.STOPPED, 2, 0.1),
            trial(2, End.FAILED, 0, Double.NaN),
            trial(3, best > 0 ? End.FINISHED : End.RUNNING, 4, 0.2)),
        stopped,
        Instant.ofEpochSecond(0));
  }

  @Test
  void aRunThatEndedEarlySaysSoAndOneThatIsKilledSaysWhenItWrote() {
    assertThat(TunePage.of(model(0, true)))
        .contains("data-state=\"stopped\"", ">Stopped<", "not finished", "1970")
        .contains("--resume_from_checkpoint=latest");
    assertThat(TunePage.of(model(0, false)))
        .contains("data-state=\"running\"", ">Training<", "goes on", "1970")
        .contains("href=\"report.html\"");
    assertThat(TunePage.of(model(3, true)))
        .as("the best adapter is known, but not kept")
        .contains(">Stopped<")
        .doesNotContain("trial 3 is the best");
  }

  @Test
  void theBestStandsFirstAndThenThoseThatGotFarther() {
    assertThat(model().ranked()).extracting(TuneModel.Trial::number).containsExactly(3, 1, 2);
    String page = TunePage.of(model());
    assertThat(page).contains("trial 3 is the best", "0.2000", "before training");
    assertThat(page.indexOf("trial 3, step 4")).isLessThan(page.indexOf("trial 1, step 2"));
  }

  /** Trials 1 and 3 share a cache. */
  @Test
  void theLatentsOfTrialsAreNamedWhereTheyDiffer() {
    assertThat(TunePage.of(model()))
        .contains(">latents<", "cafe010", "cafe011", "their losses are not on one scale");
    TuneModel all = model();
    TuneModel one =
        new TuneModel(
            all.name(),
            all.baseModel(),
            all.dataset(),
            all.rungs(),
            3,
            List.of(all.trials().get(0), all.trials().get(2)),
            false,
            all.written());
    assertThat(TunePage.of(one)).doesNotContain(">latents<", "on one scale");
  }

  @Test
  void whatComesFromOutsideIsTextAndNothingIsLoaded() {
    String page = TunePage.of(model());
    assertThat(page)
        .doesNotContain("<img src=x")
        .contains("&lt;img src=x")
        .doesNotContain("script");
    assertThat(page.replace("http://www.w3.org/2000/svg", "a name"))
        .contains("default-src &#39;none&#39;")
        .doesNotContain("http://")
        .doesNotContain("https://")
        .doesNotContain("url(");
  }
}
