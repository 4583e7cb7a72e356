#!/usr/bin/env bash
# Trains a tiny model of every kind of recipe on several ranks, once straight through and once ended by kill -9 on all ranks and started again, and
# compares the SHA-256 of all results, weights, averages and optimizer states at the end.
#   tests/resume-every-kind.sh [--ranks N] [--steps N] [--kill-after N] [--only NAME] [--folder PATH]
# Needs the command built (./pixart doctor). Exit code 0: every row has the same bits.
set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
ranks=2 steps=20 kill_after=7 only= folder=
while (($#)); do
  case $1 in
    --ranks) ranks=$2 ;;
    --steps) steps=$2 ;;
    --kill-after) kill_after=$2 ;;
    --only) only=$2 ;;
    --folder) folder=$2 ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
  shift 2
done
folder=${folder:-$(mktemp -d)}
parts=$folder/parts
cli=$root/src/PixArt.Cli/bin/Release/net10.0/PixArt.Cli.dll
export OMP_NUM_THREADS=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
pids=() failed=0 begin=$SECONDS

pixart() { dotnet "$cli" "$@" >>"$folder/parts.log" 2>&1 </dev/null || { tail -n 5 "$folder/parts.log"; exit 1; }; }

end_all() { for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done; }
trap end_all EXIT

start() { # ranks output recipe [sets]
  local world=$1 output=$2 recipe=$3 port=$((20000 + RANDOM % 10000)) sets=() set r
  for set in "${@:4}"; do sets+=(--set "$set"); done
  pids=()
  for ((r = 0; r < world; r++)); do
    RANK=$r WORLD_SIZE=$world LOCAL_RANK=$r MASTER_ADDR=127.0.0.1 MASTER_PORT=$port \
      dotnet "$cli" train "$recipe" --set "output=$output" "${sets[@]}" >>"$output.log" 2>&1 </dev/null &
    pids+=($!)
  done
}

wait_all() { # the worst exit code
  local worst=0 code pid
  for pid in "${pids[@]}"; do
    code=0
    wait "$pid" || code=$?
    ((code > worst)) && worst=$code
  done
  pids=()
  return "$worst"
}

checkpoints() { find "$1" -path '*/checkpoints/step-*' -name "step-$(printf %07d "$2")" 2>/dev/null; }
newest() { find "$1" -path '*/checkpoints/step-???????' -prune -printf '%f\n' | sort | tail -n 1; }

# What is left at the end: results, and all of the last checkpoints' tensors.
hashes() { (cd "$1" && find . -name '*.safetensors' | grep -vE "checkpoints/step-" | sort | xargs -r sha256sum; cd "$1" && find . -path "*/step-$(printf %07d "$steps")/*.safetensors" | sort | xargs -r sha256sum); }

row() { # name ranks recipe [sets]
  local name=$1 world=$2 recipe=$3 at=$SECONDS count resumed verdict
  [[ -z $only || $name == *"$only"* ]] || return 0
  local straight=$folder/${name// /-}-straight killed=$folder/${name// /-}-killed
  start "$world" "$straight" "$recipe" "${@:4}"
  wait_all || { echo "$name: the straight run failed"; tail -n 3 "$straight.log"; failed=1; return 0; }
  start "$world" "$killed" "$recipe" "${@:4}"
  until [[ -n $(checkpoints "$killed" "$kill_after") ]]; do
    kill -0 "${pids[0]}" 2>/dev/null || { echo "$name: it ended before it was killed"; tail -n 3 "$killed.log"; failed=1; return 0; }
    sleep 0.01
  done
  kill -9 "${pids[@]}"
  wait_all 2>/dev/null || true
  resumed=$(newest "$killed")
  if [[ -n $(checkpoints "$killed" "$steps") ]]; then echo "$name: it was killed too late"; failed=1; return 0; fi
  start "$world" "$killed" "$recipe" "${@:4}"
  wait_all || { echo "$name: the resumed run failed"; tail -n 3 "$killed.log"; failed=1; return 0; }
  count=$(hashes "$straight" | wc -l)
  verdict=same
  if ((count < 3)) || ! diff -q <(hashes "$straight") <(hashes "$killed") >/dev/null; then verdict=DIFFERENT failed=1; fi
  printf '%-42s %5s  %-13s %5s  %-9s %4s s\n' "$name" "$world" "$resumed" "$count" "$verdict" "$((SECONDS - at))"
}

refused() { # name ranks expected recipe [sets]
  local output=$folder/${1// /-} code=0
  [[ -z $only || $1 == *"$only"* ]] || return 0
  start "$2" "$output" "$4" "${@:5}"
  wait_all || code=$?
  if ((code != 0)) && grep -qF "$3" "$output.log"; then printf '%-42s %5s  refused: %s\n' "$1" "$2" "$(grep -F "$3" "$output.log")"; else echo "$1: not refused as expected"; tail -n 3 "$output.log"; failed=1; fi
}

# --- parts: pictures of several shapes, a tokenizer, an autoencoder, a parent, its model folder ------------------------------------------------

mkdir -p "$parts/data" "$parts/list/InternImgs/x" "$parts/list/InternData"
captions=('a red square, a blue ball' 'a green line on white' 'many pictures, in rows')
pictures=("$root/docs/pictures/fox.png" "$root/models/fluent-scenes/loss.png" "$root/models/fluent-scenes/evaluation.jpg")
sizes=('"width": 128, "height": 128' '"width": 960, "height": 540' '"width": 1718, "height": 1573')
records=()
for i in 0 1 2 3 4 5; do
  picture=${pictures[i % 3]}
  cp "$picture" "$parts/data/$i.${picture##*.}"
  cp "$picture" "$parts/list/InternImgs/x/$i.${picture##*.}"
  echo "${captions[i % 3]}, $i" >"$parts/data/$i.txt"
  records+=("{${sizes[i % 3]}, \"path\": \"x/$i.${picture##*.}\", \"prompt\": \"${captions[i % 3]}\", \"sharegpt4v\": \"${captions[i % 3]}, number $i\"}")
done
(IFS=,; echo "[${records[*]}]" >"$parts/list/InternData/data_info.json")

many_sizes='"data": { "kind": "folder", "folder": "'$parts'/data", "buckets": 256 }'
common='"batchSize": 4, "accumulation": 3, "steps": '$steps', "threads": 1, "ema": { "decay": 0.9 }, "optimizer": { "learningRate": 1e-3 },
  "schedule": { "kind": "cosine", "warmupSteps": 2 }, "ranks": { "shardOptimizer": true, "bucketMegabytes": 0.004 },
  "checkpoint": { "everyMinutes": null, "everySteps": '$kill_after' },
  "report": { "everySteps": 5, "plotEveryMinutes": null, "samplesEveryMinutes": null, "html": false }'
text='"d_model": 16, "d_kv": 8, "num_heads": 2, "d_ff": 32, "num_layers": 1, "feed_forward_proj": "gated-gelu"'

cat >"$parts/tokenizer.json" <<JSON
{ "kind": "tokenizer", "output": "$parts", $many_sizes, "vocabularySize": 40, "captions": 50 }
JSON
cat >"$parts/autoencoder.json" <<JSON
{
  "kind": "autoencoder", "output": "", $many_sizes, "crop": 16, "scalingSamples": 3, $common,
  "model": {
    "block_out_channels": [8, 8], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
    "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "latent_channels": 4, "norm_num_groups": 4, "sample_size": 16,
    "mid_block_add_attention": false
  }
}
JSON
cat >"$parts/transformer.json" <<JSON
{
  "kind": "transformer", "output": "", $many_sizes, $common, "captionDropout": 0.3, "tokenizer": "$parts/tokenizer", "maxTokens": 16,
  "latents": { "autoencoder": "$parts/autoencoder/vae", "samplePosterior": true, "cache": "$parts/latents" },
  "textEncoder": { "train": true, "model": { "vocab_size": 64, $text } },
  "model": {
    "num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2, "cross_attention_dim": 16, "caption_channels": 16,
    "in_channels": 4, "out_channels": 8, "patch_size": 8, "sample_size": 32
  },
  "objective": { "kind": "pixArt" }
}
JSON
cat >"$parts/from.json" <<JSON
{
  "kind": "transformer", "output": "", $many_sizes, $common, "captionDropout": 0.3, "tokenizer": "$parts/tokenizer", "maxTokens": 16,
  "from": "$parts/parent/transformer", "textEncoder": { "from": "$parts/parent/text_encoder" },
  "latents": { "autoencoder": "$parts/autoencoder/vae", "samplePosterior": true, "cache": "$parts/latents" }, "objective": { "kind": "pixArt" }
}
JSON
cat >"$parts/control.json" <<JSON
{
  "kind": "control", "output": "", $many_sizes, $common, "captionDropout": 0.3, "tokenizer": "$parts/tokenizer", "maxTokens": 16,
  "from": "$parts/parent/transformer", "textEncoder": { "from": "$parts/parent/text_encoder" }, "blocks": 1, "edges": "gradient", "maxGradNorm": 1,
  "latents": { "autoencoder": "$parts/autoencoder/vae", "samplePosterior": true, "cache": "$parts/latents" }, "objective": { "kind": "pixArt" }
}
JSON
cat >"$parts/experts.json" <<JSON
{
  "kind": "experts", "output": "", "from": "$parts/model", "splits": [400],
  "train": { $many_sizes, $common, "captionDropout": 0.3, "maxTokens": 16, "latents": { "cache": "$parts/latents" } }
}
JSON
cat >"$parts/extract.json" <<JSON
{
  "kind": "features", "output": "$parts/features", "layout": "sigmaMultiScale", "resolution": 256, "threads": 1, "longCaptions": true,
  "data": { "kind": "dataInfo", "folder": "$parts/list" }, "autoencoder": "$parts/autoencoder/vae",
  "textEncoder": "$parts/parent/text_encoder", "tokenizer": "$parts/tokenizer"
}
JSON
cat >"$parts/features.json" <<JSON
{
  "kind": "transformer", "output": "", "data": { "kind": "dataInfo", "folder": "$parts/list", "longCaptions": 0.5 }, $common, "captionDropout": 0.3, "maxTokens": 16,
  "from": "$parts/parent/transformer", "features": { "layout": "sigmaMultiScale", "root": "$parts/features", "resolution": 256 },
  "latents": { "autoencoder": "$parts/autoencoder/vae", "samplePosterior": true }, "objective": { "kind": "pixArt" }
}
JSON
cat >"$parts/layout.json" <<JSON
{
  "kind": "layout", "output": "", "data": { "kind": "scenes" }, "tokenizer": "$root/models/fluent-scenes/tokenizer", $common,
  "model": { "vocab_size": 512, $text }
}
JSON

if [[ ! -d $parts/model ]]; then
  pixart train "$parts/tokenizer.json"
  pixart train "$parts/autoencoder.json" --set "output=$parts/autoencoder" --set steps=2
  pixart train "$parts/transformer.json" --set "output=$parts/parent" --set steps=2
  pixart assemble --transformer "$parts/parent/transformer" --text-encoder "$parts/parent/text_encoder" --tokenizer "$parts/tokenizer" --vae "$parts/autoencoder/vae" -o "$parts/model"
  pixart branch "$parts/model" --split 400 -o "$parts/pair"
  pixart extract "$parts/extract.json"
fi
echo "parts: $((SECONDS - begin)) s"

# --- rows -------------------------------------------------------------------------------------------------------------------------------------

printf '%-42s %5s  %-13s %5s  %-9s\n' recipe ranks 'resumed at' files bits
prior='prior={"data":{"kind":"folder","folder":"'$parts'/data","size":64},"caption":"a square"}'
all_steps='interval={"low":0,"high":1000}'

row autoencoder "$ranks" "$parts/autoencoder.json"
row 'transformer and text encoder' "$ranks" "$parts/transformer.json"
row 'transformer, no cache, flips, crops' "$ranks" "$parts/transformer.json" latents.cache=null data.flip=true data.crop=random data.shuffleTags=true
row 'transformer, every objective option' "$ranks" "$parts/from.json" 'objective={"kind":"meanSquare","target":"velocity","zeroTerminalSnr":true,"minSnrGamma":5,"minSnrForm":"soft","huber":{},"noise":{"offset":0.1,"perturbation":0.1}}'
row 'transformer, held-out loss' "$ranks" "$parts/from.json" 'heldOut={"data":{"kind":"folder","folder":"'"$parts"'/data","size":64},"samples":3,"everySteps":4}'
row 'transformer on features' "$ranks" "$parts/features.json"
row 'expert of an interval, checkpointed' "$ranks" "$parts/from.json" 'interval={"low":400,"high":1000}' gradientCheckpointing=true
row experts "$ranks" "$parts/experts.json"
row 'experts, LoRA' "$ranks" "$parts/experts.json" "from=$parts/pair" 'splits=[]' 'train.adapter={"rank":2}'
row LoRA "$ranks" "$parts/from.json" 'adapter={"rank":2,"dropout":0.2}'
row DoRA "$ranks" "$parts/from.json" 'adapter={"kind":"dora","rank":2}'
row LoKr "$ranks" "$parts/from.json" 'adapter={"kind":"lokr","rank":2}'
row DreamBooth "$ranks" "$parts/from.json" "$prior"
row 'DreamBooth LoRA' "$ranks" "$parts/from.json" "$prior" 'adapter={"rank":2}'
row LCM "$ranks" "$parts/from.json" 'consistency={}' "$all_steps"
row LCM-LoRA "$ranks" "$parts/from.json" 'consistency={}' "$all_steps" 'adapter={"rank":2}'
row DMD "$ranks" "$parts/from.json" 'distributionMatching={}' "$all_steps" maxGradNorm=null
row ControlNet "$ranks" "$parts/control.json"
row 'layout' 1 "$parts/layout.json"
refused 'layout on ranks' "$ranks" 'this kind trains in one' "$parts/layout.json"
for kind in muon adam8Bit came lion adafactor; do row "optimizer $kind" "$ranks" "$parts/from.json" "optimizer.kind=$kind"; done
row 'optimizer prodigy' "$ranks" "$parts/from.json" optimizer.kind=prodigy optimizer.learningRate=1 ranks.shardOptimizer=false
row 'optimizer scheduleFree' "$ranks" "$parts/from.json" optimizer.kind=scheduleFree ema=null schedule.kind=constant
row 'bf16 products' "$ranks" "$parts/from.json" precision=bf16
row 'bf16 parameters' "$ranks" "$parts/from.json" precision=bf16 parameters=bf16
row 'bf16 parameters, adam8Bit' "$ranks" "$parts/from.json" precision=bf16 parameters=bf16 optimizer.kind=adam8Bit
row 'bf16 parameters, DMD' "$ranks" "$parts/from.json" precision=bf16 parameters=bf16 'distributionMatching={}' "$all_steps" maxGradNorm=null
row 'bf16 parameters, scheduleFree' "$ranks" "$parts/from.json" precision=bf16 parameters=bf16 optimizer.kind=scheduleFree ema=null schedule.kind=constant
# libtorch's CPU has fp16 products in newer versions only.
if dotnet "$cli" train "$parts/from.json" --set "output=$folder/fp16" --set precision=fp16 --set steps=1 >/dev/null 2>&1 </dev/null; then
  row 'fp16 products, scaled loss' "$ranks" "$parts/from.json" precision=fp16
else
  refused 'fp16 products' "$ranks" 'precision is' "$parts/from.json" precision=fp16
fi

echo "$((SECONDS - begin)) s; runs are in $folder"
exit "$failed"
