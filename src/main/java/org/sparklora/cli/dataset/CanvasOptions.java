package org.sparklora.cli.dataset;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.sparklora.cli.config.Problems;
import org.sparklora.data.image.BucketConfig;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.UndecodableImageException;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.pipeline.request.InitialImage;
import org.sparklora.store.RegularFile;
import picocli.CommandLine.Option;

/** The size of pictures to draw, or a picture to start from. */
public final class CanvasOptions {
  public static final int LATENT_PIXELS = 8;

  /** The largest side. */
  public static final int MOST_PIXELS = BucketConfig.MOST_PIXELS;

  /** More than any picture that can be decoded. */
  private static final long MOST_FILE_BYTES = 1L << 30;

  private static final double STRENGTH = 0.8;

  @Option(
      names = "--height",
      paramLabel = "PIXELS",
      description =
          "Size of the pictures in pixels (default: the size that the base model was trained"
              + " with).")
  @WholeNumber(min = 8, max = MOST_PIXELS)
  private Integer height;

  @Option(
      names = "--width",
      paramLabel = "PIXELS",
      description =
          "Size of the pictures in pixels (default: the size that the base model was trained"
              + " with).")
  @WholeNumber(min = 8, max = MOST_PIXELS)
  private Integer width;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "Start from this picture: PNG, JPEG, GIF or BMP; resized to --height and --width, or to"
              + " the next smaller multiples of 8.")
  private Path image;

  @Option(
      names = "--strength",
      paramLabel = "X",
      description = "How far the result may differ from --image, above 0 up to 1 (default: 0.8).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  private Double strength;

  public OptionalInt height(Problems problems) {
    return side(problems, "--height", height);
  }

  public OptionalInt width(Problems problems) {
    return side(problems, "--width", width);
  }

  private static OptionalInt side(Problems problems, String flag, Integer pixels) {
    problems.require(
        isSide(pixels),
        flag,
        pixels,
        "it must be a positive multiple of " + LATENT_PIXELS + ", at most " + MOST_PIXELS);
    return pixels == null ? OptionalInt.empty() : OptionalInt.of(pixels);
  }

  private static boolean isSide(Integer pixels) {
    return pixels == null || (pixels > 0 && pixels <= MOST_PIXELS && pixels % LATENT_PIXELS == 0);
  }

  /** A side that was given. A side that cannot be used has been reported. */
  private static Optional<Integer> given(Integer pixels) {
    return Optional.ofNullable(pixels).filter(CanvasOptions::isSide);
  }

  /** The picture to start from, at the size to draw. */
  public Optional<InitialImage> image(Problems problems) {
    problems.require(
        image != null || strength == null,
        "--strength",
        strength,
        "it says how far a picture may differ from --image, and there is none");
    if (image == null) {
      return Optional.empty();
    }
    try {
      ImageCanvas canvas =
          new ImageCanvas(given(width), given(height), strength == null ? STRENGTH : strength);
      return Optional.of(
          new ImageDecoder().decode(RegularFile.read(image, MOST_FILE_BYTES), canvas));
    } catch (NoSuchFileException e) {
      problems.require(false, "--image", image, "there is no such file");
    } catch (IOException e) {
      problems.require(false, "--image", image, "it cannot be read: " + e.getMessage());
    } catch (UndecodableImageException e) {
      problems.require(false, "--image", image, e.getMessage());
    }
    return Optional.empty();
  }
}
