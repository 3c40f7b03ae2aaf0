package org.sparklora.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.cli.option.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The parts of each command's help beside its flags: an example, exit codes, further reading. */
final class HelpPages {
  private static final String TRAINING = "coming-from-diffusers.md, operations.md, report.md";
  private static final String BASE = "--pretrained_model_name_or_path=models/sd15";

  private static final Map<String, Page> PAGES = new LinkedHashMap<>();

  static {
    put(
        "train",
        "train " + BASE + " --dataset_name=pictures --output_dir=my-lora --max_train_steps=1000",
        TRAINING + ", lora-variants.md, optimizers.md");
    put(
        "dreambooth",
        "dreambooth "
            + BASE
            + " --instance_data_dir=dog --instance_prompt=\"a sks dog\" --output_dir=dog-lora",
        "dreambooth.md, many-subjects.md, " + TRAINING);
    put(
        "textual-inversion",
        "textual-inversion "
            + BASE
            + " --train_data_dir=toy --placeholder_token=\"<toy>\" --initializer_token=toy",
        "textual-inversion.md, " + TRAINING);
    put(
        "pivotal-tuning",
        "pivotal-tuning "
            + BASE
            + " --instance_data_dir=toy --placeholder_tokens=\"<toy>\" --initializer_tokens=toy",
        "pivotal-tuning.md, " + TRAINING);
    put(
        "tune",
        "tune "
            + BASE
            + " --dataset_name=pictures --output_dir=best-lora --validation_split=0.1"
            + " --search=rank=4,8",
        "tune.md, validation.md, " + TRAINING);
    put(
        "prepare",
        "prepare " + BASE + " --dataset_name=pictures --latent_cache_dir=latents",
        "data.md, airflow.md");
    put(
        "generate",
        "generate --adapter=my-lora --prompt=\"a red apple\" --output_dir=drawn",
        "generate.md, schedulers.md");
    put(
        "convert",
        "convert my-lora --format=kohya --output_file=my-lora.safetensors",
        "convert-merge-inspect.md, adapter-formats.md");
    put(
        "merge",
        "merge --adapter=my-lora --base=models/sd15 --output_dir=merged",
        "convert-merge-inspect.md");
    put("inspect", "inspect my-lora", "convert-merge-inspect.md, adapter-formats.md");
    put(
        "verify",
        "verify --reference=src/test/resources/golden/sd15 --precision=fp32,bf16",
        "results.md");
    put("push", "push my-lora --hub_model_id=me/my-lora", "hub.md");
    put("bench", "bench " + BASE + " --resolution=512", "results.md, performance.md, memory.md");
    put("config", "config train --config=run.yaml --rank=8", "configuration.md");
  }

  private HelpPages() {}

  private record Page(String example, String seeAlso) {}

  private static void put(String command, String example, String seeAlso) {
    PAGES.put(command, new Page(example, seeAlso));
  }

  /** Adds its page to every command that has one. */
  static void addTo(CommandLine commands) {
    UsageMessageSpec main = commands.getCommandSpec().usageMessage();
    main.footer(
        "",
        "See a command's flags with: spark-lora help COMMAND",
        "See also: README.md; src/docs/troubleshooting.md explains messages");
    addExitCodes(main);
    PAGES.forEach(
        (name, page) -> {
          UsageMessageSpec usage =
              commands.getSubcommands().get(name).getCommandSpec().usageMessage();
          addExitCodes(usage);
          List<String> footer = new ArrayList<>();
          footer.addAll(List.of("", "Example:", "  spark-lora " + page.example(), ""));
          footer.add("See also, in src/docs: " + page.seeAlso());
          usage.footer(footer.toArray(String[]::new));
        });
  }

  private static void addExitCodes(UsageMessageSpec usage) {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      codes.put(String.valueOf(code.code()), code.meaning());
    }
    usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(codes);
  }
}
