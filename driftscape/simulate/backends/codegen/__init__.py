"""Code generation: a `Step` becomes the text of one kernel function.

stepkey       a step as the key of a cache
lower         step -> assignments sorted by how often they are computed
trigonometry  one sincos for the sine and cosine of an angle
draws         how noise is drawn from random words
ahead         the noise of many steps drawn at once, where few lanes run
count_text    how states are counted in bins
batches       many calls of one function as a loop, long lane loops divided
samples       how noise is taken from a training set
printer       expression -> text, with explicit fused multiply-adds
names         names of symbols, and rows of those that several lane loops read
page          lines, names and scratch rows of a kernel's text
step_text     one step as text
kernel        the whole kernel: blocks, segments, divergence, snapshots
"""
