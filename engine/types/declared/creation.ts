// Functions of torch that are no operators: they make tensors, draw numbers, set modes and defaults.
import type { TypedOperator, TypedValue } from "../generate.ts"
import { inNamespace } from "./inNamespace.ts"

const made = "*, dtype: dtype = null, device: device | string = null, requires_grad: boolean = false"
const drawn = `*, generator: Generator = null, ${made.slice(3)}`
const like = made

export const creation: readonly TypedOperator[] = inNamespace("torch", [
  [`tensor(data: TensorData, ${made}) -> Tensor`, "Makes a leaf from numbers: nested arrays, one number, or typed arrays. Numbers become float32, bigints int64, booleans bool. Throws ValueError where rows differ in length."],
  [`as_tensor(data: TensorData, *, dtype: dtype = null, device: device | string = null) -> Tensor`, "The tensor itself if it is one of this dtype already, else a new one from the data."],
  [`zeros(...size: Shape, ${made}) -> Tensor`, "A tensor of this shape filled with 0."],
  [`ones(...size: Shape, ${made}) -> Tensor`, "A tensor of this shape filled with 1."],
  [`empty(...size: Shape, ${made}) -> Tensor`, "A tensor of this shape whose elements mean nothing yet."],
  [`rand(...size: Shape, ${drawn}) -> Tensor`, "Numbers drawn evenly from 0 (included) to 1 (excluded)."],
  [`randn(...size: Shape, ${drawn}) -> Tensor`, "Numbers drawn from the normal distribution with mean 0 and variance 1."],
  [[`randint(high: number, size: Shape, ${drawn}) -> Tensor`, `randint(low: number, high: number, size: Shape, ${drawn}) -> Tensor`], "Whole numbers drawn evenly from low (0 if left out) to high, high excluded; int64."],
  [`randperm(n: number, ${drawn}) -> Tensor`, "The whole numbers from 0 to n - 1 in random order; int64."],
  [`full(size: Shape, fill_value: Operand, ${made}) -> Tensor`, "A tensor of this shape filled with one value, whose kind gives the dtype."],
  [[`arange(end: Operand, ${made}) -> Tensor`, `arange(start: Operand, end: Operand, step: Operand = 1, ${made}) -> Tensor`], "Numbers from start (0 if left out) in steps up to end, end excluded. Plain numbers make float32, bigints int64."],
  [`linspace(start: Operand, end: Operand, steps: number, ${made}) -> Tensor`, "That many numbers at equal distances, both ends included."],
  [`logspace(start: Operand, end: Operand, steps: number, base: number = 10, ${made}) -> Tensor`, "Powers of base whose exponents lie at equal distances from start to end."],
  [`eye(n: number, m: number = null, ${made}) -> Tensor`, "A matrix with 1 on the diagonal and 0 elsewhere."],
  [`zeros_like(input: Tensor, ${like}) -> Tensor`, "0 in the shape and dtype of the input."],
  [`ones_like(input: Tensor, ${like}) -> Tensor`, "1 in the shape and dtype of the input."],
  [`empty_like(input: Tensor, ${like}) -> Tensor`, "Elements that mean nothing yet, in the shape and dtype of the input."],
  [`full_like(input: Tensor, fill_value: Operand, ${like}) -> Tensor`, "One value in the shape and dtype of the input."],
  [`rand_like(input: Tensor, ${like}) -> Tensor`, "Numbers drawn evenly from 0 to 1, in the shape and dtype of the input."],
  [`randn_like(input: Tensor, ${like}) -> Tensor`, "Numbers drawn from the normal distribution, in the shape and dtype of the input."],
  [[`randint_like(input: Tensor, high: number, ${like}) -> Tensor`, `randint_like(input: Tensor, low: number, high: number, ${like}) -> Tensor`], "Whole numbers from low to high (excluded), in the shape and dtype of the input."],
  [[`normal(mean: Operand, std: Operand, size: Shape, ${drawn}) -> Tensor`, "normal(mean: Tensor, std: Operand = 1, *, generator: Generator = null) -> Tensor"], "Numbers drawn from normal distributions, each with its own mean and standard deviation where these are tensors."],
  ["bernoulli(input: Tensor, *, generator: Generator = null) -> Tensor", "1 with the probability that stands in the input at that place, else 0."],
  ["multinomial(input: Tensor, num_samples: number, replacement: boolean = false, *, generator: Generator = null) -> Tensor", "Positions drawn by weight, for each row of the input; int64. Throws RuntimeError on negative weights, or when more are asked for than there are."],
  ["tril_indices(row: number, col: number, offset: number = 0, *, dtype: dtype = null) -> Tensor", "Rows and columns of the lower triangle of a matrix of this size."],
  ["triu_indices(row: number, col: number, offset: number = 0, *, dtype: dtype = null) -> Tensor", "Rows and columns of the upper triangle of a matrix of this size."],
  ["hann_window(window_length: number, periodic: boolean = true, *, dtype: dtype = null) -> Tensor", "The Hann window, which fades a signal in and out."],
  ["manual_seed(seed: Int) -> Generator", "Starts the random numbers over: the same seed draws the same numbers as PyTorch on the CPU."],
  ["seed() -> number", "Starts the random numbers over from an unforeseeable seed, and gives it."],
  ["initial_seed() -> number", "The seed that the random numbers were started with."],
  ["get_rng_state() -> Tensor", "The state of the random numbers, to go back to with set_rng_state."],
  ["set_rng_state(new_state: Tensor) -> void", "Goes back to a state of the random numbers."],
  ["save(obj: unknown, f: string) -> void", "Writes a state_dict, tensors or plain data with tensors in it to a file beside the snippet: .pth, .pt, .bin as PyTorch writes them, or .safetensors."],
  ["load(f: string, *, map_location: unknown = null, weights_only: boolean = true) -> any", "What a file beside the snippet holds: .pth, .pt, .bin or .safetensors. Tensors and plain data are read, nothing in it is run."],
  ["is_grad_enabled() -> boolean", "Whether operations are recorded for backward at the moment."],
  ["is_inference_mode_enabled() -> boolean", "Whether inference mode is on."],
  ["is_tensor(obj: unknown) -> boolean", "Whether the value is a tensor."],
  ["is_nonzero(input: Tensor) -> boolean", "Whether the one element of a tensor is other than zero. Throws RuntimeError where it has several."],
  ["is_complex(input: Tensor) -> boolean", "Whether the elements are complex numbers; there are none of these here."],
  ["is_inference(input: Tensor) -> boolean", "Whether the tensor was made in inference mode."],
  ["is_floating_point(input: Tensor) -> boolean", "Whether the elements are of a float dtype."],
  ["numel(input: Tensor) -> number", "The number of elements."],
  ["get_default_dtype() -> dtype", "The dtype that plain numbers get: float32 at first."],
  ["set_default_dtype(d: dtype) -> void", "Sets the dtype that plain numbers get."],
  ["get_num_threads() -> number", "How many threads compute one large operator on the CPU."],
  ["set_num_threads(num: Int) -> void", "Sets how many threads compute one large operator on the CPU, for this run. The results are the same to the last bit."],
  ["set_printoptions(precision: number = null, threshold: number = null, edgeitems: number = null, linewidth: number = null, profile: string = null, sci_mode: boolean = null) -> void", "Sets how tensors print: digits, when to shorten, how much of the edges to keep, line width."],
  ["broadcast_shapes(...shapes: torch.Shape) -> Size", "The shape that tensors of these shapes have together. Throws RuntimeError where they do not fit."],
  ["result_type(tensor1: Operand, tensor2: Operand) -> dtype", "The dtype that an operation of the two gives."],
  ["promote_types(type1: dtype, type2: dtype) -> dtype", "The smallest dtype that holds both."],
  ["can_cast(from_: dtype, to: dtype) -> boolean", "Whether numbers of one dtype may become the other in place."],
  ["finfo(type: dtype = null) -> finfo", "What is known about the numbers of a float dtype."],
  ["iinfo(type: dtype) -> iinfo", "What is known about the numbers of an integer dtype."],
])

const dtype = (name: string, doc: string): TypedValue => ({ name, namespace: "torch", type: "dtype", doc })

export const dtypes: readonly TypedValue[] = [
  dtype("float32", "Fractions with about 7 digits; what plain numbers become."),
  dtype("float", "The same as float32."),
  dtype("float64", "Fractions with about 16 digits."),
  dtype("double", "The same as float64."),
  dtype("float16", "Fractions with about 3 digits, up to 65504."),
  dtype("half", "The same as float16."),
  dtype("bfloat16", "Fractions with about 2 digits and the range of float32."),
  dtype("int64", "Whole numbers; what bigints become. Exact up to 2⁵³ here."),
  dtype("long", "The same as int64."),
  dtype("int32", "Whole numbers from −2³¹ to 2³¹ − 1."),
  dtype("int", "The same as int32."),
  dtype("int16", "Whole numbers from −32768 to 32767."),
  dtype("short", "The same as int16."),
  dtype("int8", "Whole numbers from −128 to 127."),
  dtype("uint8", "Whole numbers from 0 to 255."),
  dtype("bool", "True or false; what a comparison gives."),
  { name: "pi", namespace: "torch", type: "number", doc: "3.14159…, the circumference of a circle by its diameter." },
  { name: "e", namespace: "torch", type: "number", doc: "2.71828…, the base of the natural logarithm." },
  { name: "inf", namespace: "torch", type: "number", doc: "Infinity." },
  { name: "nan", namespace: "torch", type: "number", doc: "Not a number." },
]

/** Old names that are called with and without `new`: what stands there is data, or a list of sizes. */
const legacy = (name: string, kind: string): TypedValue => ({
  name,
  namespace: "torch",
  type: "{ new (data: TensorData): Tensor; new (...sizes: Int[]): Tensor; (data: TensorData): Tensor; (...sizes: Int[]): Tensor }",
  doc: `Makes a tensor of dtype ${kind} from nested arrays; from plain numbers, one of these sizes.`,
})

export const constructors: readonly TypedValue[] = [
  legacy("Tensor", "float32"), legacy("FloatTensor", "float32"), legacy("DoubleTensor", "float64"),
  legacy("LongTensor", "int64"), legacy("IntTensor", "int32"), legacy("BoolTensor", "bool"),
  { name: "Size", namespace: "torch", type: "{ new (sizes: Iterable<Int>): Size; (sizes: Iterable<Int>): Size }", doc: "The sizes of a tensor." },
  { name: "device", namespace: "torch", type: "{ new (type: string, index?: Int): device; (type: string, index?: Int): device }", doc: "A place where tensors are kept: `cpu` or `webgpu`." },
  { name: "Generator", namespace: "torch", type: "{ new (device?: device | string): Generator; (device?: device | string): Generator }", doc: "A source of random numbers with a state of its own." },
  { name: "dtype", namespace: "torch", type: "{ new (): dtype }", doc: "The class of dtypes, such as `torch.float32`." },
]
