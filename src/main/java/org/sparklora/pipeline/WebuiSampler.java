package org.sparklora.pipeline;

import org.sparklora.pipeline.request.SamplingConfig;

/** Gives stable-diffusion-webui's name of a scheduler of diffusers. */
final class WebuiSampler {
  private WebuiSampler() {}

  static String name(SamplingConfig sampling) {
    return switch (sampling.scheduler()) {
      case "DDIMScheduler" -> "DDIM";
      case "PNDMScheduler" -> "PLMS";
      case "DPMSolverMultistepScheduler" -> dpmSolver(sampling);
      case "EulerDiscreteScheduler" -> "Euler";
      case "EulerAncestralDiscreteScheduler" -> "Euler a";
      case "UniPCMultistepScheduler" -> "UniPC";
      case "HeunDiscreteScheduler" -> "Heun";
      case "LMSDiscreteScheduler" -> "LMS";
      case "LCMScheduler" -> "LCM";
      default -> sampling.scheduler().replaceFirst("Scheduler$", "");
    };
  }

  private static String dpmSolver(SamplingConfig sampling) {
    String order = sampling.schedulerOptions().getOrDefault("solver_order", "2");
    String algorithm = sampling.schedulerOptions().getOrDefault("algorithm_type", "");
    return "DPM++ " + order + "M" + (algorithm.contains("sde") ? " SDE" : "");
  }
}
