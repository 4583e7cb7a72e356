#!/usr/bin/env bash
# Trains with every rank on a host of its own (network namespaces behind a bridge), kills one rank at a random moment, again and again,
# resumes each time, and compares the end with an undisturbed run to the bit. Every other time the host vanishes with its rank: its network goes first.
#   tests/ranks-as-hosts.sh [--ranks N] [--kills N] [--steps N] [--folder PATH]
# Needs root and ip (iproute2), and the command built (./pixart doctor). Exit code 0: nothing was lost.
set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
ranks=2 kills=20 steps=400 folder=
while (($#)); do
  case $1 in
    --ranks) ranks=$2 ;;
    --kills) kills=$2 ;;
    --steps) steps=$2 ;;
    --folder) folder=$2 ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
  shift 2
done
folder=$(readlink -m "${folder:-$(mktemp -d)}")
mkdir -p "$folder"
cd "$root"
[[ -e artifacts/data/fluent-emoji-3d ]] || recipes/fetch-fluent-emoji
cli=$root/src/PixArt.Cli/bin/Release/net10.0/PixArt.Cli.dll
bridge=pxbr0
export OMP_NUM_THREADS=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
declare -A pids=()

connect() { # a host's cable
  ip link add "pxv$1" type veth peer name eth0 netns "pxh$1"
  ip link set "pxv$1" master "$bridge" up
  ip -n "pxh$1" addr add "10.77.0.$((10 + $1))/24" dev eth0
  ip -n "pxh$1" link set eth0 up
  ip -n "pxh$1" link set lo up
}

tear_down() {
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  for ((r = 0; r < ranks; r++)); do ip netns del "pxh$r" 2>/dev/null || true; done
  ip link del "$bridge" 2>/dev/null || true
}

start() { # output
  for ((r = 0; r < ranks; r++)); do
    RANK=$r WORLD_SIZE=$ranks LOCAL_RANK=0 MASTER_ADDR=10.77.0.10 MASTER_PORT=29517 \
      ip netns exec "pxh$r" dotnet "$cli" train "$folder/recipe.json" --set "output=$1" --set "steps=$steps" >>"$1.log" 2>&1 </dev/null &
    pids[$r]=$!
  done
}

wait_all() { # prints the worst exit code
  local worst=0 code
  for ((r = 0; r < ranks; r++)); do
    code=0
    wait "${pids[$r]}" || code=$?
    ((code > worst)) && worst=$code
  done
  pids=()
  return "$worst"
}

newest() { ls "$1/checkpoints" 2>/dev/null | grep -E '^step-[0-9]+$' | tail -n 1; }

hashes() { (cd "$1" && find . -name '*.safetensors' | grep -E "^./vae|step-$(printf %07d "$steps")/" | sort | xargs sha256sum); }

trap tear_down EXIT
tear_down
ip link add "$bridge" type bridge
ip link set "$bridge" up
for ((r = 0; r < ranks; r++)); do ip netns add "pxh$r"; connect "$r"; done

cat >"$folder/recipe.json" <<'JSON'
{
  "kind": "autoencoder", "output": "", "data": { "kind": "scenes", "count": 64 }, "batchSize": 4, "accumulation": 3, "crop": 16, "threads": 1,
  "model": {
    "block_out_channels": [8, 8], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
    "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "latent_channels": 4, "norm_num_groups": 4, "sample_size": 16
  },
  "scalingSamples": 4, "ema": { "decay": 0.9 }, "ranks": { "shardOptimizer": true, "bucketMegabytes": 0.01 },
  "checkpoint": { "everyMinutes": null, "everySteps": 5 }, "report": { "plotEveryMinutes": null, "samplesEveryMinutes": null, "html": false }
}
JSON

echo "undisturbed: $ranks ranks, $steps steps"
begin=$SECONDS
start "$folder/straight"
wait_all || { tail -n 5 "$folder/straight.log"; exit 1; }
echo "  $((SECONDS - begin)) s"

made=0 slowest=0
while ((made < kills)); do
  start "$folder/killed"
  # At its first step, or up to a second later: between steps, within one, or while a checkpoint is written.
  until (($(grep -c '^step' "$folder/killed.log") > made)); do
    kill -0 "${pids[0]}" 2>/dev/null || { tail -n 5 "$folder/killed.log"; exit 1; }
    sleep 0.05
  done
  sleep "0.$RANDOM"
  victim=$((RANDOM % ranks)) how=killed
  if [[ $(newest "$folder/killed") == "step-$(printf %07d "$steps")" ]]; then echo "the run ended before kill $((made + 1)): more --steps"; exit 1; fi
  if ((made % 2)); then how='vanished with its host'; ip link del "pxv$victim"; fi
  kill -9 "${pids[$victim]}"
  at=$SECONDS
  wait_all || true
  took=$((SECONDS - at))
  ((took > slowest)) && slowest=$took
  ((made += 1))
  echo "kill $made: rank $victim $how; all ended after $took s; newest checkpoint: $(newest "$folder/killed")"
  [[ $how == killed ]] || connect "$victim"
done

start "$folder/killed"
wait_all || { tail -n 5 "$folder/killed.log"; exit 1; }
echo "killed $made times, all ranks ended within $slowest s each time"
if diff <(hashes "$folder/straight") <(hashes "$folder/killed"); then echo "weights, average and optimizer state: the same bits"; else echo "the bits differ"; exit 1; fi
((made == kills && slowest < 60))
