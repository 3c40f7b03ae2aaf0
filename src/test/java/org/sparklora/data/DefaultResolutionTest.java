package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.image.BucketConfig;
import org.sparklora.util.InvalidInputException;

/** Where no resolution is chosen, the base model's family decides it, also for buckets. */
class DefaultResolutionTest {
  private static final int OF_SDXL = 1024;

  @Test
  void bucketsAreMadeOfTheFamilysArea() {
    DataConfig data = data(new BucketConfig(true, 256, 1536, 64, false));
    assertThat(data.buckets()).isEqualTo(AspectRatioBuckets.of(512, 256, 1536, 64));
    assertThat(data.withDefaultResolution(OF_SDXL).buckets())
        .isEqualTo(AspectRatioBuckets.of(OF_SDXL, 256, 1536, 64));
    assertThat(data.withDefaultResolution(512)).isEqualTo(data);
  }

  @Test
  void theUsualLimitsFitEveryFamily() {
    DataConfig data = data(new BucketConfig(true, 256, 1024, 64, false));
    assertThat(data.withDefaultResolution(OF_SDXL).resolution()).isEqualTo(OF_SDXL);
    assertThat(data.withDefaultResolution(512).resolution()).isEqualTo(512);
  }

  @Test
  void allDataSetsGetIt() {
    DataConfig first = data(new BucketConfig(true, 256, 1024, 64, false));
    DataConfig both = DataConfig.of(List.of(first, first.at("/other")));
    assertThat(both.withDefaultResolution(OF_SDXL).sets())
        .hasSize(2)
        .allSatisfy(set -> assertThat(set.resolution()).isEqualTo(OF_SDXL));
  }

  @Test
  void limitsThatDoNotFitItAreNamed() {
    assertThatThrownBy(
            () -> data(new BucketConfig(true, 256, 640, 64, false)).withDefaultResolution(OF_SDXL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Invalid --max_bucket_reso: 640; it must be at least --resolution, 1024 by default for"
                + " this base model");
    assertThatThrownBy(
            () -> data(new BucketConfig(true, 768, 1024, 64, false)).withDefaultResolution(512))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --min_bucket_reso: 768; it must be at most --resolution");
  }

  private static DataConfig data(BucketConfig shapes) {
    PictureConfig pictures = PictureConfig.centred(512).sized(512, true, shapes);
    return DataConfig.of("/pictures", pictures, 0);
  }
}
