package org.sparklora.schedulers.noise;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The schedulers a base model may name in {@code _class_name}. */
public enum KnownScheduler {
  DDPM("DDPMScheduler"),
  DDIM("DDIMScheduler"),
  PNDM("PNDMScheduler"),
  DPM_SOLVER_MULTISTEP("DPMSolverMultistepScheduler"),
  EULER_DISCRETE("EulerDiscreteScheduler"),
  EULER_ANCESTRAL_DISCRETE("EulerAncestralDiscreteScheduler"),
  UNI_PC_MULTISTEP("UniPCMultistepScheduler"),
  HEUN_DISCRETE("HeunDiscreteScheduler"),
  LMS_DISCRETE("LMSDiscreteScheduler"),
  LCM("LCMScheduler");

  private final String className;

  KnownScheduler(String className) {
    this.className = className;
  }

  /** The name of the class in diffusers. */
  String className() {
    return className;
  }

  public static Optional<KnownScheduler> named(String className) {
    return Arrays.stream(values()).filter(known -> known.className.equals(className)).findFirst();
  }

  public static List<String> names() {
    return Arrays.stream(values()).map(KnownScheduler::className).toList();
  }
}
