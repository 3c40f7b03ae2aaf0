package org.sparklora.spark.generate;

import ai.djl.Device;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.pipeline.DrawingMemory;
import org.sparklora.pipeline.GenerationCheck;
import org.sparklora.pipeline.PictureText;
import org.sparklora.pipeline.PngFile;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.report.PictureProgress;
import org.sparklora.report.ProgressLine;
import org.sparklora.tensor.LibTorch;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryRoom;

/** Draws a few prompts in this process, without Spark, into numbered PNG files. */
public final class OneProcess {
  private OneProcess() {}

  /**
   * Draws every prompt.
   *
   * @param outputDir a path or a URI; pictures that exist already stay
   * @param written gets each picture's location
   * @throws InvalidInputException when an input cannot be used
   */
  public static void run(
      GenerationConfig config,
      List<String> prompts,
      String negativePrompt,
      String outputDir,
      Configuration hadoop,
      Consumer<String> written) {
    Device device = LibTorch.device();
    config.precision().requireSupportOn(device);
    Generation generation =
        GenerationCheck.check(config, hadoop, DrawingMemory.ofGenerate(room(device)));
    PictureFolder folder = PictureFolder.open(outputDir, hadoop);
    List<ImageRequest> requests =
        prompts.stream()
            .flatMap(
                prompt ->
                    generation.repeats().of(prompt, negativePrompt, OptionalLong.empty()).stream())
            .toList();
    PictureProgress progress =
        new PictureProgress(System.err, ProgressLine.isTerminal(), requests.size());
    PictureText texts = new PictureText(generation);
    try (StableDiffusionPipeline pipeline =
        StableDiffusionPipeline.open(generation.pipeline(), hadoop, device)) {
      for (int done = 0; done < requests.size(); done += generation.batchSize()) {
        int drawn = done;
        List<ImageRequest> batch =
            requests.subList(done, Math.min(done + generation.batchSize(), requests.size()));
        List<BufferedImage> images =
            pipeline.generate(
                batch,
                generation.sampling(),
                generation.start(),
                (step, steps) -> progress.onStep(drawn, batch.size(), step, steps));
        progress.onPictures(done + images.size());
        for (int i = 0; i < images.size(); i++) {
          ImageRequest request = batch.get(i);
          byte[] png = PngFile.encode(images.get(i), texts.of(request));
          written.accept(folder.write(png, request.seed()).toString());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the pictures: " + e.getMessage(), e);
    }
  }

  /** Returns the memory for drawing: this machine's on a CPU, and unknown on a GPU. */
  private static MemoryRoom room(Device device) {
    return device.isGpu() ? MemoryRoom.UNKNOWN : MemoryRoom.ofThisMachine();
  }
}
