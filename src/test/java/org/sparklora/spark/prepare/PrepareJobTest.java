package org.sparklora.spark.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.io.api.Binary;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.BadImageTable;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.PictureConfig;
import org.sparklora.data.TestDataset;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.cache.LatentEncoder;
import org.sparklora.data.cache.LatentEncoderFactory;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.image.BucketConfig;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.data.image.Pixels;
import org.sparklora.data.order.TrainSubset;
import org.sparklora.data.row.BadImage;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.ImageRow;
import org.sparklora.data.row.ImageRows;
import org.sparklora.data.row.RowRange;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.util.InvalidInputException;

@Tag("long")
class PrepareJobTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final String TWEMOJI = "src/quickstart/twemoji";
  private static final String NOTO = "src/quickstart/noto";
  private static final byte[] PNG = TestDataset.png(16, 8, 0xff8000);

  @TempDir Path folder;

  @Test
  void encodesEveryPictureOfTwemojiBesideItsOwnCaption() throws Exception {
    PrepareResult result = prepare(TestDataset.config(TWEMOJI, 64), 8);
    assertThat(result.samples()).isEqualTo(1489);
    assertThat(result.badImages()).isZero();
    LatentCache cache = open(result);
    ImageDecoder decoder = new ImageDecoder();
    for (ImageRow row : rows(TWEMOJI)) {
      if (row.id() % 50 == 0) {
        LatentSample sample = cache.get(row.id());
        Pixels square =
            TestDataset.config(TWEMOJI, 64)
                .transform()
                .apply(decoder.decode(row.image().orElseThrow()), row.id());
        assertThat(sample.id()).isEqualTo(row.id());
        assertThat(sample.captions().get(0).text()).isEqualTo(row.captions().get(0));
        assertThat(sample.captions().get(0).tokenIds())
            .isEqualTo(row.captions().get(0).chars().toArray());
        assertSame(sample.latents(), MeanPooling.pool(square.toTensor(), 64, 64));
      }
    }
  }

  @Test
  void encodesPicturesThatAreFilesAndNamesTheBadOne() throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("pictures/sub"));
    for (int i = 0; i < 20; i++) {
      Files.write(
          pictures.resolve(String.format(Locale.ROOT, "%02d.png", i)),
          TestDataset.png(16, 8, 1000 * i));
      Files.writeString(
          pictures.resolve(String.format(Locale.ROOT, "%02d.txt", i)), "picture " + i);
    }
    Files.writeString(pictures.resolve("17.png"), "no picture");
    PrepareResult result = prepare(TestDataset.config(pictures.getParent().toString(), 8), 3);
    assertThat(result.samples()).isEqualTo(19);
    assertThat(result.firstBadImages()).hasSize(1);
    assertThat(result.firstBadImages().get(0).text()).startsWith("sub/17.png: Cannot decode image");
    LatentCache cache = open(result);
    assertThat(cache.get(17).id()).isEqualTo(18);
    assertThat(cache.get(17).captions().get(0).text()).isEqualTo("picture 18");
  }

  @Test
  void writesTheSameSamplesForAnyNumberOfTasks() {
    DataConfig config = randomCropsAndFlips(NOTO, OptionalLong.of(150));
    LatentCache one = open(new PrepareJobs(folder.resolve("one")).run(config, 1));
    LatentCache many = open(new PrepareJobs(folder.resolve("many")).run(config, 13));
    assertThat(one.size()).isEqualTo(many.size()).isEqualTo(150);
    for (long i = 0; i < one.size(); i++) {
      LatentSample a = one.get(i);
      LatentSample b = many.get(i);
      assertThat(a.id()).isEqualTo(b.id());
      assertThat(a.captions().get(0).text()).isEqualTo(b.captions().get(0).text());
      assertSame(a.latents(), b.latents());
      assertSame(a.flipped().orElseThrow(), b.flipped().orElseThrow());
    }
  }

  @Test
  void theFlippedLatentsAreThoseOfTheMirrorImage() {
    LatentCache cache = open(prepare(randomCropsAndFlips(NOTO, OptionalLong.of(5)), 1));
    Posterior plain = cache.get(0).latents();
    Posterior flipped = cache.get(0).flipped().orElseThrow();
    for (int i = 0; i < plain.mean().length; i++) {
      int mirrored = i - i % 8 + 7 - i % 8;
      assertThat(flipped.mean()[mirrored]).isCloseTo(plain.mean()[i], within(1e-6f));
    }
  }

  @Test
  void theMaskIsTheAlphaChannelAtTheLatentsResolution() throws IOException {
    DataConfig plain = limited(TWEMOJI, 3);
    DataConfig masked = TestDataset.with(plain, plain.pictures().with(plain.randomFlip(), true));
    PrepareResult result = prepare(masked, 1);
    assertThat(result.location()).isNotEqualTo(prepare(plain, 1).location());
    assertThat(open(prepare(plain, 1)).get(0).mask()).isEmpty();
    LatentSample sample = open(result).get(0);
    float[] mask = sample.mask().orElseThrow();
    assertThat(mask).hasSize(sample.latents().height() * sample.latents().width());
    assertThat(mask[0]).as("a corner is transparent").isZero();
    assertThat(mask[mask.length / 2 + sample.latents().width() / 2]).isPositive();
    for (float value : mask) {
      assertThat(value).isBetween(0f, 1f);
    }
  }

  @Test
  void aMaskThatIsAFileIsCutAsThePictureAndItsRedChannelCounts() throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("in"));
    Path masks = Files.createDirectories(pictures.resolve("masks"));
    Files.write(pictures.resolve("a.png"), TestDataset.png(32, 16, 0x102030));
    Files.writeString(pictures.resolve("a.txt"), "a picture");
    Files.write(masks.resolve("a.png"), leftIs(0xff0000, 0x00ffff, 14, 32, 16));
    DataConfig plain = TestDataset.config(pictures.toString(), 16);
    DataConfig masked = TestDataset.with(plain, plain.columns().masked(masks.toUri().toString()));
    PrepareResult result = prepare(masked, 1);
    assertThat(result.samples()).isEqualTo(1);
    assertThat(open(result).get(0).mask().orElseThrow())
        .as("the centre's columns 8 to 23, of which those up to 13 are red")
        .containsExactly(0.75f, 0, 0.75f, 0);
    Files.write(masks.resolve("a.png"), TestDataset.png(32, 16, 0xff0000));
    assertThat(prepare(masked, 1).location()).isNotEqualTo(result.location());
    Files.write(masks.resolve("a.png"), TestDataset.png(16, 16, 0xff0000));
    assertThatThrownBy(() -> prepare(failing(masked), 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a.png: Invalid mask: it has 16 x 16 pixels and the picture 32 x 16");
    Files.delete(masks.resolve("a.png"));
    Files.write(masks.resolve("b.png"), TestDataset.png(16, 16, 0xff0000));
    assertThatThrownBy(() -> prepare(masked, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageMatching(
            "Missing mask: .*/in/a.png has none in --conditioning_data_dir; add a picture of that"
                + " name and size, white where it is learned");
  }

  /** A picture of two colours, the left one so many pixels wide. */
  private static byte[] leftIs(int left, int right, int columns, int width, int height)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, i % width < columns ? left : right);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  @Test
  void aSecondRunEncodesNothing() {
    DataConfig config = limited(NOTO, 20);
    PrepareResult first = prepare(config, 2);
    long encoded = MeanPooling.ENCODED.get();
    PrepareResult second = prepare(config, 4);
    assertThat(MeanPooling.ENCODED.get()).isEqualTo(encoded);
    assertThat(first.reused()).isFalse();
    assertThat(second.reused()).isTrue();
    assertThat(second.location()).isEqualTo(first.location());
    assertThat(second.samples()).isEqualTo(20);
  }

  @Test
  void anotherEncoderOrConfigurationEncodesAnew() {
    PrepareResult first = prepare(limited(NOTO, 20), 2);
    assertThat(prepare(limited(NOTO, 21), 2).location()).isNotEqualTo(first.location());
    PrepareResult other =
        new PrepareJobs(folder).run(limited(NOTO, 20), new MeanPooling("other"), 2);
    assertThat(other.reused()).isFalse();
    assertThat(other.location()).isNotEqualTo(first.location());
  }

  @Test
  void anUnfinishedRunGoesOnWhereItWas() throws IOException {
    PrepareResult finished = prepare(limited(NOTO, 300), 2);
    Path cache = Path.of(finished.location());
    Files.delete(cache.resolve("manifest.json"));
    Files.writeString(cache.resolve("part-left.parquet"), "half a file");
    Files.setLastModifiedTime(
        cache.resolve("part-left.parquet"), FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    Files.delete(cache.resolve("ranges/000003.json"));
    Path lost = cacheFile(cache, "part-000005-");
    Files.delete(lost);
    long before = MeanPooling.ENCODED.get();
    PrepareResult again = prepare(limited(NOTO, 300), 3);
    assertThat(again.reused()).isFalse();
    assertThat(MeanPooling.ENCODED.get() - before)
        .isEqualTo(kept(limited(NOTO, 300), 3) + kept(limited(NOTO, 300), 5));
    assertThat(open(again).size()).isEqualTo(300);
    assertThat(cache.resolve("part-left.parquet")).doesNotExist();
  }

  @Test
  void runsAtTheSameTimeShareOneCache() {
    List<PrepareResult> results =
        IntStream.range(0, 3)
            .parallel()
            .mapToObj(run -> prepare(limited(NOTO, 200), 2 + run))
            .toList();
    assertThat(results).extracting(PrepareResult::location).containsOnly(results.get(0).location());
    LatentCache cache = open(results.get(0));
    assertThat(cache.size()).isEqualTo(200);
    assertThat(LongStream.range(0, 200).map(i -> cache.get(i).id()).distinct()).hasSize(200);
  }

  @Test
  void bucketsKeepThePicturesShapes() throws IOException {
    TestDataset.write(
        folder.resolve("in/a.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(
            TestDataset.row(TestDataset.png(100, 50, 0x102030), "wide"),
            TestDataset.row(TestDataset.png(40, 90, 0x405060), "tall"),
            TestDataset.row(TestDataset.png(70, 70, 0x708090), "square"),
            TestDataset.row(TestDataset.png(200, 110, 0xa0b0c0), "wide, too")));
    DataConfig square = TestDataset.config(folder.resolve("in").toString(), 64);
    PrepareResult result =
        prepare(withBuckets(square, new BucketConfig(true, 32, 128, 16, false)), 2);
    assertThat(result.sizes()).containsExactly(2, 1, 1);
    LatentCache cache = open(result);
    assertThat(LongStream.range(0, 4).mapToObj(i -> cache.get(i).captions().get(0).text()))
        .containsExactly("wide", "wide, too", "square", "tall");
    Posterior wide = cache.get(0).latents();
    assertThat(new int[] {wide.width(), wide.height()}).containsExactly(10, 6);
    Posterior tall = cache.get(3).latents();
    assertThat(new int[] {tall.width(), tall.height()}).containsExactly(4, 12);
  }

  @Test
  void withoutEnlargingSmallPicturesKeepTheirSizes() throws IOException {
    TestDataset.write(
        folder.resolve("in/a.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(
            TestDataset.row(TestDataset.png(40, 30, 0x102030), "small"),
            TestDataset.row(TestDataset.png(12, 300, 0x405060), "narrow"),
            TestDataset.row(TestDataset.png(200, 110, 0xa0b0c0), "large")));
    DataConfig square = TestDataset.config(folder.resolve("in").toString(), 64);
    BucketConfig own = new BucketConfig(true, 256, 1024, 16, true);
    PrepareResult result = prepare(withBuckets(square, own), 2);
    LatentCache cache = open(result);
    Posterior small = cache.get(0).latents();
    assertThat(new int[] {small.width(), small.height()}).containsExactly(4, 2);
    Posterior large = cache.get(1).latents();
    assertThat(new int[] {large.width(), large.height()}).containsExactly(6, 4);
    assertThat(result.firstBadImages())
        .singleElement()
        .satisfies(bad -> assertThat(bad.text()).contains("12 x 300 without enlarging it"));
    BucketConfig enlarged = new BucketConfig(true, 64, 64, 16, false);
    assertThat(prepare(withBuckets(square, enlarged), 2).location())
        .isNotEqualTo(result.location());
  }

  @Test
  void skipsCountsAndNamesBadRows() throws IOException {
    DataConfig config = badDataset();
    PrepareResult result = prepare(config, 2);
    assertThat(result.samples()).isEqualTo(3);
    assertThat(result.badImages()).isEqualTo(3);
    assertThat(result.firstBadImages())
        .extracting(BadImage::text)
        .satisfiesExactly(
            text -> assertThat(text).startsWith("row 1 of a.parquet: Cannot decode image: "),
            text -> assertThat(text).startsWith("row 2 of a.parquet: Missing image: "),
            text -> assertThat(text).isEqualTo("row 1 of b.parquet: Missing caption"));
    LatentCache cache = open(result);
    assertThat(LongStream.range(0, 3).map(i -> cache.get(i).id())).containsExactly(0L, 3L, 5L);
    List<Row> table =
        SparkTestSession.get()
            .read()
            .parquet(result.location() + "/" + BadImageTable.FOLDER)
            .orderBy("id")
            .collectAsList();
    assertThat(table).extracting(row -> row.getLong(0)).containsExactly(1L, 2L, 4L);
    assertThat(table.get(2).getString(3)).isEqualTo("Missing caption");
  }

  @Test
  void aSpacerImageIsABadRowOfItsOwn() throws IOException {
    TestDataset.write(
        folder.resolve("in/a.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(
            TestDataset.row(PNG, "good"),
            TestDataset.row(TestDataset.png(1, 60_000, 0xff8000), "a spacer"),
            TestDataset.row(PNG, "good")));
    DataConfig config = TestDataset.config(folder.resolve("in").toString(), 64);
    PrepareResult result = prepare(config, 1);
    assertThat(result.samples()).isEqualTo(2);
    assertThat(result.firstBadImages())
        .extracting(BadImage::text)
        .singleElement()
        .asString()
        .startsWith("row 1 of a.parquet: Cannot use image: 1 x 60000 becomes 64 x 3840000");
    assertThatThrownBy(() -> prepare(failing(config), 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("row 1 of a.parquet: Cannot use image: 1 x 60000");
  }

  @Test
  void whatIsNoRegularFileIsABadPicture() throws Exception {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    Files.write(pictures.resolve("0.png"), PNG);
    Files.createSymbolicLink(pictures.resolve("2.png"), Path.of("/dev/zero"));
    assertThat(new ProcessBuilder("mkfifo", pictures.resolve("1.png").toString()).start().waitFor())
        .isZero();
    for (int i = 0; i < 3; i++) {
      Files.writeString(pictures.resolve(i + ".txt"), "picture " + i);
    }
    PrepareResult result = prepare(TestDataset.config(pictures.toString(), 8), 1);
    assertThat(result.samples()).isEqualTo(1);
    assertThat(result.firstBadImages())
        .extracting(BadImage::text)
        .containsExactly(
            "1.png: Cannot read image: it is a named pipe, not a regular file",
            "2.png: Cannot read image: it is a device, not a regular file");
  }

  @Test
  void failsAtABadRowAndNamesIt() throws IOException {
    DataConfig config = failing(undecodable());
    assertThatThrownBy(() -> prepare(config, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageMatching(
            "Invalid data set: .*: row \\d of [ab].parquet: .*; mend it or pass --on_bad_image"
                + " skip");
  }

  @Test
  void aCacheWithRowsLeftOutDoesNotSatisfyFail() throws IOException {
    DataConfig config = undecodable();
    prepare(config, 1);
    assertThatThrownBy(() -> prepare(failing(config), 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("row 1 of a.parquet: Cannot decode image");
  }

  @Test
  void refusesADataSetWithoutOneGoodRow() throws IOException {
    TestDataset.write(
        folder.resolve("in/a.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(TestDataset.row(new byte[] {1}, "x")));
    assertThatThrownBy(() -> prepare(TestDataset.config(folder.resolve("in").toString(), 8), 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageMatching("Invalid data set: no row of .* can be used, of 1, the first .*");
  }

  @Test
  void encodesNothingWhenThereAreNoRows() throws IOException {
    TestDataset.write(folder.resolve("in/a.parquet"), TestDataset.HUGGING_FACE, List.of());
    long encoded = MeanPooling.ENCODED.get();
    assertThatThrownBy(() -> prepare(TestDataset.config(folder.resolve("in").toString(), 8), 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Invalid data set: empty");
    assertThat(MeanPooling.ENCODED.get()).isEqualTo(encoded);
  }

  @Test
  void progressRisesToTheTotal() {
    List<Long> done = new ArrayList<>();
    new PrepareJob(
            SparkTestSession.context(),
            limited(NOTO, 60),
            dataset(limited(NOTO, 60)),
            new MeanPooling("slow"),
            folder.toString(),
            (encoded, total) -> {
              assertThat(total).isEqualTo(60);
              done.add(encoded);
            })
        .run();
    assertThat(done).isSorted().endsWith(60L);
  }

  @Test
  void theFirstCauseOfAFailureIsPassedOn() {
    assertThatThrownBy(
            () -> new PrepareJobs(folder).run(limited(NOTO, 20), new MissingWeights(), 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("Missing model: vae");
  }

  private record MissingWeights() implements LatentEncoderFactory {
    @Override
    public LatentEncoder open() {
      throw InvalidInputException.data("Missing model: vae");
    }

    @Override
    public String identity() {
      return "missing";
    }
  }

  /** Runs jobs whose caches are kept in one folder. */
  private record PrepareJobs(Path folder) {
    PrepareResult run(DataConfig config, int tasks) {
      return run(config, new MeanPooling("mean 8 x 8"), tasks);
    }

    PrepareResult run(DataConfig config, LatentEncoderFactory encoders, int tasks) {
      return new PrepareJob(
              SparkTestSession.context(),
              config,
              dataset(config),
              encoders,
              folder.toString(),
              (done, total) -> {})
          .run(tasks);
    }
  }

  private PrepareResult prepare(DataConfig config, int tasks) {
    return new PrepareJobs(folder).run(config, tasks);
  }

  private static Path cacheFile(Path cache, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(f -> f.getFileName().toString().startsWith(prefix)).findFirst().get();
    }
  }

  /** How many rows of a range are encoded. */
  private static long kept(DataConfig config, int range) {
    ImageDataset dataset = dataset(config);
    RowRange rows = dataset.ranges().get(range);
    TrainSubset subset = new TrainSubset(config.seed(), dataset.rows(), config.maxTrainSamples());
    return LongStream.range(rows.firstId(), rows.firstId() + rows.rows())
        .filter(subset::contains)
        .count();
  }

  private static LatentCache open(PrepareResult result) {
    return LatentCache.open(result.location(), CONFIGURATION);
  }

  /** Rows 0, 3 and 5 are good. */
  private DataConfig undecodable() throws IOException {
    TestDataset.write(
        folder.resolve("in/a.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(
            TestDataset.row(PNG, "good"),
            TestDataset.row(new byte[] {'G', 'I', 'F', '8', 0}, "damaged")));
    return TestDataset.config(folder.resolve("in").toString(), 8);
  }

  private DataConfig badDataset() throws IOException {
    TestDataset.write(
        folder.resolve("in/a.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(
            TestDataset.row(PNG, "good"),
            TestDataset.row(new byte[] {'G', 'I', 'F', '8', 0}, "damaged"),
            row -> row.add("text", "no picture")));
    TestDataset.write(
        folder.resolve("in/b.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(
            TestDataset.row(PNG, "good"),
            row -> row.addGroup("image").add("bytes", Binary.fromConstantByteArray(PNG)),
            TestDataset.row(PNG, "good, too")));
    return TestDataset.config(folder.resolve("in").toString(), 8);
  }

  private static DataConfig failing(DataConfig config) {
    return with(config, config.maxTrainSamples(), BadImages.FAIL);
  }

  private static DataConfig limited(String dataset, long samples) {
    return with(TestDataset.config(dataset, 64), OptionalLong.of(samples), BadImages.SKIP);
  }

  private static DataConfig withBuckets(DataConfig config, BucketConfig buckets) {
    return with(config, buckets, config.maxTrainSamples(), config.onBadImage());
  }

  private static DataConfig with(DataConfig config, OptionalLong samples, BadImages onBadImage) {
    return with(config, config.pictures().shapes(), samples, onBadImage);
  }

  private static DataConfig with(
      DataConfig config, BucketConfig buckets, OptionalLong samples, BadImages onBadImage) {
    PictureConfig pictures = config.pictures().sized(config.resolution(), false, buckets);
    return TestDataset.with(TestDataset.with(config, pictures), samples, onBadImage);
  }

  private static DataConfig randomCropsAndFlips(String dataset, OptionalLong samples) {
    PictureConfig pictures =
        new PictureConfig(
            64, false, BucketConfig.NONE, false, true, ImageInterpolation.BILINEAR, false);
    return TestDataset.with(DataConfig.of(dataset, pictures, 7), samples, BadImages.FAIL);
  }

  private static ImageDataset dataset(DataConfig config) {
    return new DatasetFolder(CONFIGURATION).open(config);
  }

  private static List<ImageRow> rows(String dataset) throws IOException {
    List<ImageRow> rows = new ArrayList<>();
    for (RowRange range : dataset(TestDataset.config(dataset, 64)).ranges()) {
      try (ImageRows reader = range.open(CONFIGURATION)) {
        for (Optional<ImageRow> row = reader.next(); row.isPresent(); row = reader.next()) {
          rows.add(row.get());
        }
      }
    }
    return rows;
  }

  private static void assertSame(Posterior actual, Posterior expected) {
    assertThat(actual.mean()).isEqualTo(expected.mean());
    assertThat(actual.logVariance().orElseThrow()).isEqualTo(expected.logVariance().orElseThrow());
  }
}
