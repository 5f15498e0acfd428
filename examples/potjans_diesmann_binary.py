#!/usr/bin/env python3
"""The cortical microcircuit of Potjans & Diesmann 2014 at full size as an ensemble of binary neurons, for binnet simulate --ensemble.

usage: potjans_diesmann_binary.py DATA_DIR >microcircuit.json

DATA_DIR holds potjans2014_populations.csv (sizes, external inputs), _conn_prob_pre_rows.csv (connection probabilities) and
_psp_mV_pre_rows.csv (postsynaptic potentials), table 5 of the paper.

How spiking neurons become binary ones. A binary neuron is active for the 10 ms (the membrane's time constant) that a
postsynaptic potential lasts, so a rate of r Hz is a mean activity of r / 100. Potentials are in units of 15 mV, the way from rest
to threshold:
  weight      psp_ab / 15 mV, the whole potential of one spike, as long as its neuron is active
  threshold   1
  stimulus    k_a * 8 Hz * 10 ms * 0.15 mV / 15 mV, the mean of the external Poisson input
  noise       to be said on the command line; the deviation of the external input, with k = 2000:
              sqrt(2000 * 8 Hz * 10 ms / 2) * 0.15 mV / 15 mV = 0.09
Left out: delays, refractory times, synapses of different strengths, several synapses between two neurons: two neurons are
connected with the published probability (or with --wiring indegree, each neuron hears the mean number).
"""
import csv
import json
import os
import sys


def rows(folder, name):
    with open(os.path.join(folder, name), encoding='utf-8') as f:
        return list(csv.reader(f))


def main():
    folder = sys.argv[1]
    populations = rows(folder, 'potjans2014_populations.csv')
    head = {name: k for k, name in enumerate(populations[0])}
    probability = [[float(x) for x in r[1:]] for r in rows(folder, 'potjans2014_conn_prob_pre_rows.csv')[1:]]
    psp = [[float(x) for x in r[1:]] for r in rows(folder, 'potjans2014_psp_mV_pre_rows.csv')[1:]]
    json.dump({
        'format': 'binnet-ensemble 1',
        'title': 'Cortical microcircuit, 77,169 binary neurons',
        'source': 'Potjans & Diesmann 2014, Cereb Cortex 24:785, table 5',
        'comment': __doc__.strip().split('\n'),
        'populations': [{'name': r[head['population']], 'size': int(r[head['n_neurons']]), 'threshold': 1,
                         'stimulus': round(int(r[head['k_ext']]) * 8 * 0.010 * 0.15 / 15, 9)} for r in populations[1:]],
        'self_connections': False,
        'orientation': 'pre-rows',
        'probability': probability,
        'weights': [[round(x / 15, 9) for x in r] for r in psp],
    }, sys.stdout, indent=1)
    print()


if __name__ == '__main__':
    main()
