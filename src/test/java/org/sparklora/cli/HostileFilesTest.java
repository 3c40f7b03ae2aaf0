package org.sparklora.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are not what they should be: one clear line each, its code, and nothing written. */
class HostileFilesTest {
  private static final String UNET = "unet/diffusion_pytorch_model.safetensors";

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
          train.tar            | sparse:10        | holds tar files
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
