package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are not what they should be: one clear line each, its code, and nothing written. */
@Tag("long")
class HostileFilesTest {
  private static final String UNET = "unet/diffusion_pytorch_model.safetensors";

  /** A file of one tensor, which is whole. */
  private static final String TENSOR =
      "tensors:{\"a\":{\"dtype\":\"F32\",\"shape\":[16],\"data_offsets\":[0,64]}}";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          unet/config.json                | pipe                                   | unet/config.json
          unet/config.json                | endless                                | unet/config.json
          unet/config.json                | dangling                               | unet/config.json
          unet/config.json                | folder                                 | unet/config.json
          unet/config.json                | empty                                  | unet/config.json
          unet/config.json                | html                                   | unet/config.json
          unet/config.json                | lfs                                    | unet/config.json
          unet/config.json                | nested                                 | unet/config.json
          unet/config.json                | sparse:4096                            | unet/config.json
          unet/config.json                | text:[]                                | unet/config.json
          unet/config.json                | json:layers_per_block=NaN              | unet/config.json
          unet/config.json                | json:layers_per_block=2147483647       | layers_per_block
          unet/config.json                | json:layers_per_block=-1               | layers_per_block
          unet/config.json                | json:block_out_channels=[2147483647]   | block_out_channels
          unet/config.json                | json:block_out_channels=[]             | block_out_channels
          unet/config.json                | json:cross_attention_dim=1e999         | cross_attention_dim
          unet/config.json                | json:norm_num_groups=0                 | norm_num_groups
          unet/config.json                | json:sample_size="big"                 | sample_size
          vae/config.json                 | json:scaling_factor=1e308              | scaling_factor
          vae/config.json                 | json:scaling_factor=-0.0               | scaling_factor
          vae/config.json                 | json:latent_channels=1000000           | latent_channels
          text_encoder/config.json        | json:num_hidden_layers=2147483647      | num_hidden_layers
          text_encoder/config.json        | json:hidden_size=0                     | hidden_size
          text_encoder/config.json        | json:layer_norm_eps=-1                 | layer_norm_eps
          scheduler/scheduler_config.json | json:beta_end=NaN                      | scheduler
          scheduler/scheduler_config.json | json:beta_end=5                        | beta_end
          scheduler/scheduler_config.json | json:num_train_timesteps=2147483647    | num_train_timesteps
          scheduler/scheduler_config.json | json:trained_betas=["a"]               | trained_betas
          scheduler/scheduler_config.json | text:{"beta_start": 1e-4               | scheduler_config.json
          tokenizer/merges.txt            | pipe                                   | merges.txt
          tokenizer/merges.txt            | sparse:200                             | merges.txt
          tokenizer/merges.txt            | html                                   | merges.txt
          tokenizer/merges.txt            | empty                                  | merges.txt: no line of it makes
          tokenizer/merges.txt            | cutlines:40000                         | merges.txt: no line of it makes
          text_encoder/config.json        | json:vocab_size=10                     | token_embedding.weight: [49408, 96]
          tokenizer/vocab.json            | sparse:200                             | vocab.json
          tokenizer/vocab.json            | text:{"a": -1}                         | vocab.json
          tokenizer/vocab.json            | text:{"a": 1e99}                       | vocab.json
          unet/W                          | empty                                  | unet/diffusion_pytorch_model.safetensors
          unet/W                          | lfs                                    | Git LFS
          unet/W                          | html                                   | unet/diffusion_pytorch_model.safetensors
          unet/W                          | pipe                                   | unet/diffusion_pytorch_model.safetensors
          unet/W                          | endless                                | unet/diffusion_pytorch_model.safetensors
          unet/W                          | folder                                 | unet
          unet/W                          | pickle                                 | unet/diffusion_pytorch_model.safetensors
          unet/W                          | cut:7                                  | unet/diffusion_pytorch_model.safetensors
          unet/W                          | cut:5000                               | unet/diffusion_pytorch_model.safetensors
          unet/W                          | cutend:1                               | unet/diffusion_pytorch_model.safetensors
          unet/W                          | header:9223372036854775807             | unet/diffusion_pytorch_model.safetensors
          unet/W                          | header:-1                              | unet/diffusion_pytorch_model.safetensors
          unet/W                          | tensors:{}                             | unet
          unet/W                          | tensors:{"a":{"dtype":"F32","shape":[4,-4],"data_offsets":[0,64]}} | unet/diffusion_pytorch_model.safetensors
          unet/W                          | tensors:{"a":{"dtype":"F99","shape":[4],"data_offsets":[0,16]}} | unet/diffusion_pytorch_model.safetensors
          unet/W                          | tensors:{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}} | unet/diffusion_pytorch_model.safetensors
          """)
  void ofAModelIsRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path model = folder.resolve("model");
    linkModel(model);
    Path place = model.resolve(file.equals("unet/W") ? UNET : file);
    HostileFile.put(kind, place);
    Refusal.require(folder, 3, message, train("--pretrained_model_name_or_path=" + model));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          train.parquet        | empty            | train.parquet
          train.parquet        | text:PAR1        | train.parquet
          train.parquet        | text:PAR1PAR1PAR1 | train.parquet
          train.parquet        | html             | train.parquet
          train.parquet        | lfs              | train.parquet
          train.parquet        | pipe             | train.parquet
          train.parquet        | endless          | train.parquet
          train.parquet        | dangling         | train.parquet
          train.parquet        | folder           | data
          train.parquet        | sparse:5000      | train.parquet
          train.parquet        | cutend:1         | train.parquet
          train.parquet        | cut:100000       | train.parquet
          train.parquet        | tail:2147483647  | train.parquet
          train.parquet        | tail:-1          | train.parquet
          train.parquet        | tail:5           | train.parquet
          train.zip            | bomb             | train.zip
          train.tar            | sparse:10        | it begins with empty blocks
          train.tar            | pipe             | train.tar
          train.tar            | endless          | train.tar
          train.tar            | html             | train.tar
          train.tar            | text:ustar       | train.tar
          train.arrow          | pipe             | train.arrow
          train.arrow          | endless          | train.arrow
          train.arrow          | lfs              | train.arrow
          train.arrow          | sparse:10        | train.arrow
          state.json           | text:{"_data_files": [{"filename": "x.arrow"}]} | data
          pictures.csv.gz      | text:a           | data
          a.png                | pipe             | data
          a.png                | endless          | data
          metadata.jsonl       | pipe             | metadata.jsonl
          metadata.jsonl       | endless          | metadata.jsonl
          metadata.jsonl       | sparse:3000      | metadata.jsonl
          metadata.jsonl       | html             | metadata.jsonl
          metadata.jsonl       | text:{"file_name": "../../etc/passwd", "text": "a"} | metadata.jsonl
          metadata.jsonl       | text:{"file_name": "b\\\\u001b[31m\\\\nc.png", "text": "a"} | metadata.jsonl
          metadata.jsonl       | text:{"file_name": 5}  | metadata.jsonl
          metadata.jsonl       | text:{"file_name": "a.png"  | metadata.jsonl
          metadata.csv         | text:file_name,text\\n"a.png,b | metadata.csv
          """)
  void ofADataSetIsRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path data = Files.createDirectory(folder.resolve("data"));
    if (file.endsWith(".parquet")) {
      Files.copy(
          Path.of(SmallRun.DATA, "data", "train-00000-of-00001.parquet"), data.resolve(file));
    }
    HostileFile.put(kind, data.resolve(file));
    Refusal.require(folder, 3, message, train("--dataset_name=" + data));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          pipe                                    | it is a named pipe
          endless                                 | it is a device
          folder                                  | it is a folder
          dangling                                | there is no such file
          sparse:3000                             | bytes
          html                                    | train.yaml
          text:rank: [1, 2                        | train.yaml
          text:- rank                             | train.yaml
          text:rank: !!java.net.URL [http://x]    | train.yaml
          text:rank: 4\\nrank: 5                   | rank
          text:rank: .nan                         | rank
          text:rnak: 4                            | rnak
          text:a\\0b: 4                             | train.yaml
          text:a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: [*c,*c,*c,*c,*c,*c,*c,*c] | train.yaml
          """)
  void ofFlagsIsRefused(String kind, String message) throws IOException, InterruptedException {
    Path config = folder.resolve("train.yaml");
    HostileFile.put(kind, config);
    Refusal.require(folder, 2, message, train("--config=" + config));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a.safetensors | pipe                        | a.safetensors
          a.safetensors | endless                     | a.safetensors
          a.safetensors | empty                       | a.safetensors
          a.safetensors | html                        | a.safetensors
          a.safetensors | lfs                         | Git LFS
          a.safetensors | header:9223372036854775807  | a.safetensors
          a.safetensors | tensors:{"x":{"dtype":"F32","shape":[16],"data_offsets":[64,0]}} | a.safetensors
          a.bin         | pickle                      | a.bin
          a.bin         | bomb                        | a.bin
          a.pt          | sparse:5000                 | a.pt
          a.ckpt        | nested                      | a.ckpt
          """)
  void ofAnAdapterIsRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    HostileFile.put(kind, folder.resolve(file));
    String adapter = folder.resolve(file).toString();
    Refusal.require(folder, 3, message, List.of("inspect", adapter));
    Refusal.require(
        folder,
        3,
        message,
        List.of("convert", adapter, "--format=peft", "--output_dir=" + folder.resolve("out")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a.toml | pipe                              | it is a named pipe
          a.toml | endless                           | it is a device
          a.toml | dangling                          | is not there
          a.toml | folder                            | a.toml
          a.toml | sparse:300                        | bytes
          a.toml | latin                             | UTF-8
          a.toml | empty                             | it names no folder
          a.toml | html                              | a.toml
          a.toml | nested                            | a.toml
          a.toml | text:network_dim = [1,            | a.toml
          a.toml | text:network_dim = 4\\0            | a.toml
          a.toml | text:network_dim = 4\\nnetwork_dim = 5 | a.toml
          a.sh   | pipe                              | it is a named pipe
          a.sh   | sparse:300                        | bytes
          a.sh   | latin                             | UTF-8
          a.sh   | empty                             | a.sh
          a.sh   | text:a\\0b                         | a.sh
          """)
  void ofSdScriptsIsRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path config = folder.resolve(file);
    HostileFile.put(kind, config);
    Refusal.require(folder, 2, message, List.of("config", "from-kohya", config.toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          b.toml | pipe                              | it is a named pipe
          b.toml | endless                           | it is a device
          b.toml | dangling                          | is not there
          b.toml | folder                            | b.toml
          b.toml | sparse:300                        | bytes
          b.toml | latin                             | UTF-8
          b.toml | empty                             | b.toml
          b.toml | text:[[datasets]]                 | b.toml
          b.toml | text:datasets = 5                 | b.toml
          b.json | nested                            | b.json
          b.json | text:{"datasets": [               | b.json
          b.json | text:{"datasets": [1, 2]}         | b.json
          b.json | empty                             | b.json
          """)
  void ofDataSetsOfSdScriptsIsRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path config = folder.resolve("a.toml");
    HostileFile.put("text:pretrained_model_name_or_path = \"/m\"\noutput_dir = \"/o\"\n", config);
    Path dataset = folder.resolve(file);
    HostileFile.put(kind, dataset);
    Refusal.require(
        folder, 2, message, List.of("config", "from-kohya", config.toString(), dataset.toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          golden.json                | pipe                    | golden.json
          golden.json                | endless                 | golden.json
          golden.json                | dangling                | golden.json
          golden.json                | folder                  | golden.json
          golden.json                | empty                   | golden.json
          golden.json                | sparse:300              | golden.json
          golden.json                | latin                   | golden.json
          golden.json                | nested                  | golden.json
          golden.json                | text:{"a": 1            | golden.json
          golden.json                | text:[1]                | golden.json
          golden.json                | text:{}                 | golden.json: it holds no numbers
          golden.safetensors         | pipe                    | golden.safetensors
          golden.safetensors         | endless                 | golden.safetensors
          golden.safetensors         | dangling                | golden.safetensors
          golden.safetensors         | folder                  | golden.safetensors
          golden.safetensors         | empty                   | golden.safetensors
          golden.safetensors         | sparse:300              | golden.safetensors
          golden.safetensors         | cut:9                   | golden.safetensors
          golden.safetensors         | header:9223372036854775807 | golden.safetensors
          adapter_start.safetensors  | pipe                    | adapter_start.safetensors
          adapter_start.safetensors  | endless                 | adapter_start.safetensors
          adapter_start.safetensors  | nested                  | adapter_start.safetensors
          adapter_start.safetensors  | cut:7                   | adapter_start.safetensors
          model                      | pipe                    | model
          model                      | empty                   | model
          """)
  void ofAReferenceIsRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path reference = Files.createDirectory(folder.resolve("reference"));
    if (!file.equals("model")) {
      linkModel(reference.resolve("model"));
    }
    HostileFile.put(TENSOR, reference.resolve("golden.safetensors"));
    HostileFile.put(TENSOR, reference.resolve("adapter_start.safetensors"));
    HostileFile.put("text:{\"a\": 1}", reference.resolve("golden.json"));
    HostileFile.put(kind, reference.resolve(file));
    Refusal.require(folder, 3, message, List.of("verify", "--reference=" + reference));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          pipe                              | runs.json
          endless                           | runs.json
          dangling                          | runs.json
          folder                            | runs.json
          empty                             | runs.json
          sparse:300                        | 16777216
          latin                             | runs.json
          nested                            | runs.json
          html                              | runs.json
          text:{"cases": [{}]}              | scheduler
          text:{"cases": {"a": 1}}          | cases
          run:2147483647:DDIMScheduler      | case 0: steps 2147483647; expected a whole number from 1
          run:0:DDIMScheduler               | case 0: steps 0; expected a whole number from 1
          run:-1:DDIMScheduler              | case 0: steps -1; expected a whole number from 1
          run:1.5:DDIMScheduler             | case 0: steps 1.5; expected a whole number from 1
          run:1:MagicScheduler              | case 0: Unsupported scheduler for sampling: MagicScheduler
          """)
  void ofSamplingRunsIsRefused(String kind, String message)
      throws IOException, InterruptedException {
    Path runs = folder.resolve("runs.json");
    HostileFile.put(kind.startsWith("run:") ? samplingRun(kind) : kind, runs);
    Refusal.require(folder, 3, message, List.of("verify", "--reference=" + runs));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          prompts.txt     | pipe     | it is a named pipe
          prompts.txt     | endless  | it is a device
          prompts.txt     | dangling | prompts.txt
          prompts.txt     | folder   | prompts.txt
          prompts.txt     | sparse:300 | prompts.txt: line 1 has
          prompts.csv     | sparse:300 | prompts.csv: line 1 has
          prompts.txt     | times:1100000:a\\nb\\n:c | prompts.txt: line 3 has
          prompts.csv     | times:1100000:prompt\\n:c | prompts.csv: line 2 has
          prompts.csv     | pipe     | it is a named pipe
          prompts.csv     | endless  | it is a device
          prompts.parquet | pipe     | it is a named pipe
          prompts.parquet | endless  | it is a device
          prompts.parquet | empty    | it is empty
          prompts.parquet | html     | it is an HTML page
          prompts.parquet | text:PAR1PAR1PAR1 | prompts.parquet
          prompts.parquet | sparse:300 | it is no Parquet file
          in/a.parquet    | latin    | a.parquet: it is no Parquet file
          in/prompts.txt  | pipe     | prompts.txt: it is a named pipe
          in/prompts.csv  | endless  | prompts.csv: it is a device
          """)
  void ofPromptsIsRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path prompts = folder.resolve(file);
    HostileFile.put(kind, prompts);
    Refusal.require(
        folder, 3, message, generate(file.startsWith("in/") ? folder.resolve("in") : prompts));
  }

  /** What only Spark's reading shows. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          prompts.txt     | empty                       | prompts.txt
          prompts.txt     | latin                       | prompts.txt
          prompts.txt     | text:\\n \\n\\n                | prompts.txt
          prompts.csv     | empty                       | prompts.csv
          prompts.csv     | latin                       | prompts.csv
          prompts.csv     | html                        | prompts.csv
          prompts.csv     | text:a,b\\n1,2\\n             | prompts.csv
          prompts.csv     | text:prompt,seed\\na,x\\n     | prompts.csv
          prompts.csv     | text:prompt,seed\\na,9223372036854775807\\n | a seed that is no whole number
          prompts.csv     | times:400000:prompt\\n"b\\n:c,\\n | look for a quote that is not closed
          prompts.csv     | times:20001:prompt:,a       | or a row more than 20000 cells
          prompts.csv     | text:prompt,seed\\n\\33[31mred\\0,x\\n | \\u001b[31mred\\u0000, seed x
          """)
  void ofPromptsIsRefusedBySpark(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path prompts = folder.resolve(file);
    HostileFile.put(kind, prompts);
    CommandRun run = CommandRun.of(generate(prompts).toArray());
    assertThat(run.code()).as(run.err()).isEqualTo(3);
    assertThat(run.err().lines().toList())
        .anyMatch(line -> line.startsWith("error: ") && line.contains(message))
        .noneMatch(line -> line.startsWith("\tat "));
    assertThat(folder.resolve("out")).doesNotExist();
  }

  /** A whole run of so many steps of a scheduler. */
  private static String samplingRun(String kind) {
    String[] parts = kind.split(":", 3);
    return String.format(
        Locale.ROOT,
        "text:{\"cases\": [{\"steps\": %s, \"scheduler\": \"%s\", \"config\": {}, \"timesteps\":"
            + " [1], \"init_noise_sigma\": 1, \"trajectory_mean_abs_and_element7\": [[1, 1]],"
            + " \"final\": [1]}]}",
        parts[1],
        parts[2]);
  }

  private List<String> generate(Path prompts) {
    return List.of(
        "generate",
        "--pretrained_model_name_or_path=" + SmallRun.MODEL,
        "--prompts=" + prompts,
        "--master=local[1]",
        "--output_dir=" + folder.resolve("out"));
  }

  private List<String> train(String flag) {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 4, folder.resolve("out")));
    words.add("--master=local[1]");
    LaterFlags.add(words, flag);
    return words;
  }

  /** The quick start's model, of links to its files. */
  private static void linkModel(Path model) throws IOException {
    Path base = Path.of(SmallRun.MODEL).toAbsolutePath();
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.toList()) {
        Path place = model.resolve(base.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(place);
        } else {
          Files.createSymbolicLink(place, file);
        }
      }
    }
  }
}
