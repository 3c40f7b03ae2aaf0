package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes recorded calls on tensors that claim to be on a GPU, in Python's torch. */
public final class FakeCuda {
  private static final Path SCRIPT = Path.of("src/test/python/fake_cuda.py");
  private static final Path LIBRARY = Path.of("src/main/resources/org/sparklora/tensor/ops");

  private FakeCuda() {}

  /**
   * What the script says of each file.
   *
   * @param passed whether no call would fail, or wait for the GPU
   */
  public record Result(boolean passed, String printed) {}

  /**
   * Runs the script.
   *
   * @param python one with a CUDA build of torch; it needs no GPU
   * @param calls files of {@link CallRecorder}
   */
  public static Result replay(String python, List<Path> calls)
      throws IOException, InterruptedException {
    return replay(python, LIBRARY, ScriptArchive.CHAPTERS, calls);
  }

  /** As {@link #replay(String, List)}, with one chapter more in the op library. */
  public static Result replayWith(String python, Path chapter, Path scratch, List<Path> calls)
      throws IOException, InterruptedException {
    List<String> chapters = new ArrayList<>(ScriptArchive.CHAPTERS);
    for (String name : chapters) {
      Files.copy(LIBRARY.resolve(name + ".py"), scratch.resolve(name + ".py"));
    }
    Files.copy(chapter, scratch.resolve("more.py"));
    chapters.add("more");
    return replay(python, scratch, chapters, calls);
  }

  private static Result replay(String python, Path library, List<String> chapters, List<Path> calls)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(python, SCRIPT.toString(), library.toString(), String.join(",", chapters)));
    calls.forEach(file -> command.add(file.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Result(process.exitValue() == 0, printed);
  }
}
