"""Evolution operators on a grid: the Fokker-Planck generator, and the one-step kernel of SGD."""
