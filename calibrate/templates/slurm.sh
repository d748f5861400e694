#!/bin/bash
#SBATCH --job-name=$name
#SBATCH --nodes=1
#SBATCH --gres=gpu:$gpus
#SBATCH --cpus-per-task=$cpus
#SBATCH --mem=${memory_gb}G
#SBATCH --time=$limit
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
# One calibration of $model on $gpus x $accelerator, about $minutes minutes.
# Submit it from the folder that holds $plan, with HF_TOKEN in the environment if the model is gated:
#   sbatch $file
# A preempted job is put back into the queue and goes on where it stopped. The results are in $out.
set -uo pipefail

$install
if [ -e $out/journal ]; then
  tco-calibrate resume $out$confirm &
else
  tco-calibrate run $plan --out $out$confirm &
fi
calibration=$$!
trap 'kill -TERM $$calibration' TERM
wait $$calibration
status=$$?
# A signal ends the first wait; the second one waits for the run to finish its last entry.
if kill -0 $$calibration 2>/dev/null; then wait $$calibration; status=$$?; fi
# 6: stopped by the signal, resumable.
if [ "$$status" -eq 6 ]; then scontrol requeue "$$SLURM_JOB_ID"; fi
if [ "$$status" -eq 0 ] || [ "$$status" -eq 4 ]; then tco-calibrate report $out; fi
exit "$$status"
