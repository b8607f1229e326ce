"""The CPU backend: kernels compiled by LLVM.

backend      `CpuBackend` and its engine
compile      source -> machine code
text         source -> LLVM's language: functions
statements   assignments, loops, branches
expressions  arithmetic
conversion   a random word as a float
copies       how many vectors a lane loop works on at a time
target       the processor, and the width of its vectors
link         machine code -> a function of this process
"""
