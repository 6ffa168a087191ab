// What the learner's editor knows about modules and models, written by hand: what can be subclassed, called and indexed.
// Appended to torch.d.ts by generate.ts.

declare namespace torch {
  namespace nn {
    /** A leaf that is learned. Where it stands on a module, `parameters()` finds it. */
    type Parameter = Tensor
    /** A part of a model: it holds parameters and other modules, and is called like a function. */
    interface Module {
      /** Runs `forward` with its hooks. */
      (...input: any[]): Tensor
      /** What a call computes: write it in your own modules. */
      forward(...input: any[]): any
      /** Whether it is in training mode, which dropout and batch norm look at. */
      training: boolean
      /** All parameters, its own and those of the modules in it. */
      parameters(recurse?: boolean | { recurse?: boolean }): IterableIterator<Parameter>
      /** All parameters with their names, such as `fc1.weight`. */
      named_parameters(prefix?: string | { prefix?: string; recurse?: boolean }, recurse?: boolean): IterableIterator<[string, Parameter]>
      /** Tensors that belong to it and are not learned, such as running averages. */
      buffers(recurse?: boolean): IterableIterator<Tensor>
      /** Those tensors with their names. */
      named_buffers(prefix?: string, recurse?: boolean): IterableIterator<[string, Tensor]>
      /** The modules directly in it. */
      children(): IterableIterator<Module>
      /** The modules directly in it with their names. */
      named_children(): IterableIterator<[string, Module]>
      /** Itself and all modules in it. */
      modules(): IterableIterator<Module>
      /** Itself and all modules in it with their names. */
      named_modules(): IterableIterator<[string, Module]>
      /** Sets training mode, here and in all modules in it. */
      train(mode?: boolean): this
      /** Leaves training mode, here and in all modules in it. */
      eval(): this
      /** Says whether the parameters require gradients. */
      requires_grad_(requires_grad?: boolean): this
      /** Clears the `.grad` of all parameters: to null, or to zeros with `set_to_none: false`. */
      zero_grad(set_to_none?: boolean | { set_to_none?: boolean }): void
      /** Calls a function with every module in it and then with itself. */
      apply(fn: (module: any) => any): this
      /** Parameters and buffers by name, in order. */
      state_dict(): StateDict
      /** Takes parameters and buffers over from a state_dict. Throws RuntimeError where names or shapes do not fit. */
      load_state_dict(state_dict: StateDict | { [name: string]: Tensor }, strict?: boolean | { strict?: boolean; assign?: boolean }): any
      /** Adds a tensor that belongs to the module and is not learned. */
      register_buffer(name: string, tensor: Tensor | null, persistent?: boolean | { persistent?: boolean }): void
      /** Adds a parameter under a name. */
      register_parameter(name: string, param: Parameter | null): void
      /** Adds a module under a name. */
      add_module(name: string, module: Module | null): void
      /** Adds a module under a name. */
      register_module(name: string, module: Module | null): void
      /** Calls `hook(module, inputs, output)` after each forward; what it returns replaces the output. */
      register_forward_hook(hook: (module: any, input: any, output: any) => any): RemovableHandle
      /** Calls `hook(module, inputs)` before each forward; what it returns replaces the inputs. */
      register_forward_pre_hook(hook: (module: any, input: any) => any): RemovableHandle
      /** Calls `hook(module, grad_input, grad_output)` when gradients pass; what it returns replaces grad_input. */
      register_full_backward_hook(hook: (module: any, grad_input: any, grad_output: any) => any): RemovableHandle
      /** The same as register_full_backward_hook. */
      register_backward_hook(hook: (module: any, grad_input: any, grad_output: any) => any): RemovableHandle
      /** Calls `hook(module, grad_output)` before gradients pass; what it returns replaces grad_output. */
      register_full_backward_pre_hook(hook: (module: any, grad_output: any) => any): RemovableHandle
      /** The module of this path, such as `layer1.0.conv1`. */
      get_submodule(target: string): Module
      /** The parameter of this path, such as `fc.weight`. */
      get_parameter(target: string): Parameter
      /** The buffer of this path. */
      get_buffer(target: string): Tensor
      /** With parameters of this dtype, on this device. */
      to(target: dtype | device | string | { dtype?: dtype; device?: device | string }): this
      /** With parameters on the CPU. */
      cpu(): this
      /** With float32 parameters. */
      float(): this
      /** With float64 parameters. */
      double(): this
      /** With float16 parameters. */
      half(): this
      /** With bfloat16 parameters. */
      bfloat16(): this
      /** With parameters of this dtype. */
      type(dtype: dtype): this
      /** What stands in the brackets when it prints. */
      extra_repr(): string
      [name: string]: any
    }
    /** Tensors by name, in the order of the modules. */
    interface StateDict {
      /** The names. */
      keys(): IterableIterator<string>
      /** The tensors. */
      values(): IterableIterator<Tensor>
      /** Names and tensors. */
      items(): IterableIterator<[string, Tensor]>
      [name: string]: any
    }
    /** Modules one after the other: each gets what the one before gave. */
    interface Sequential extends Module {
      /** Adds a module at the end. */
      append(module: Module): this
      [Symbol.iterator](): IterableIterator<any>
    }
    /** A list of modules whose parameters are found. Calling it is your own affair. */
    interface ModuleList extends Module {
      /** Adds a module at the end. */
      append(module: Module): this
      /** Adds modules at the end. */
      extend(modules: Iterable<Module>): this
      /** Puts a module in at a position. */
      insert(index: Int, module: Module): void
      [Symbol.iterator](): IterableIterator<any>
    }
    /** Modules by name. */
    interface ModuleDict extends Module {
      /** The names. */
      keys(): IterableIterator<string>
      /** The modules. */
      values(): IterableIterator<any>
      /** Names and modules. */
      items(): IterableIterator<[string, any]>
      [Symbol.iterator](): IterableIterator<string>
    }
    /** A list of parameters. */
    interface ParameterList extends Module {
      /** Adds a parameter at the end. */
      append(value: Tensor): this
      [Symbol.iterator](): IterableIterator<Parameter>
    }
    /** Parameters by name. */
    interface ParameterDict extends Module {
      /** The names. */
      keys(): IterableIterator<string>
      /** The parameters. */
      values(): IterableIterator<Parameter>
      /** Names and parameters. */
      items(): IterableIterator<[string, Parameter]>
    }
  }
  /** Layers, losses, containers: everything that a model is made of. */
  interface nn {
    /** A leaf that is learned. Where it stands on a module, `parameters()` finds it. */
    readonly Parameter: { new (data: AnyTensor, requires_grad?: boolean | { requires_grad?: boolean }): nn.Parameter }
    /** A tensor that belongs to a module and is not learned. Where it stands on a module, `buffers()` finds it. */
    readonly Buffer: { new (data: AnyTensor, options?: { persistent?: boolean }): Tensor }
    /** A part of a model: extend it, keep parameters and modules in fields, write `forward`. */
    readonly Module: { new (): nn.Module }
    /** Modules one after the other: each gets what the one before gave. */
    readonly Sequential: { new (...modules: nn.Module[]): nn.Sequential; new (modules: { [name: string]: nn.Module }): nn.Sequential }
    /** A list of modules whose parameters are found. */
    readonly ModuleList: { new (modules?: Iterable<nn.Module>): nn.ModuleList }
    /** Modules by name. */
    readonly ModuleDict: { new (modules?: { [name: string]: nn.Module }): nn.ModuleDict }
    /** A list of parameters. */
    readonly ParameterList: { new (values?: Iterable<Tensor>): nn.ParameterList }
    /** Parameters by name. */
    readonly ParameterDict: { new (parameters?: { [name: string]: Tensor }): nn.ParameterDict }
    /** Layers, activations and losses as plain functions. */
    readonly functional: nn.functional
    /** Ways to fill weights before training. */
    readonly init: nn.init
  }

  namespace optim {
    /** Parameters with options of their own. */
    interface ParamGroup {
      /** The parameters of the group. */
      params: any
      /** The learning rate: how far a step goes. */
      lr?: any
      [option: string]: any
    }
  }
  /** Optimizers, which change parameters along their gradients, and learning rate schedules. */
  interface optim {
    /** Learning rate schedules. */
    readonly lr_scheduler: optim.lr_scheduler
  }
}

/** Networks for images, with torchvision's names. */
declare namespace torchvision {
  /** Networks for images. */
  const models: models
  namespace models {
    /** A residual network: convolutions, four groups of blocks with shortcuts, and one linear layer. */
    interface ResNet extends torch.nn.Module {
      /** The first convolution, which halves the image. */
      conv1: torch.nn.Conv2d
      /** The first normalisation. */
      bn1: torch.nn.BatchNorm2d
      /** max(0, x). */
      relu: torch.nn.ReLU
      /** The largest element of windows of 3 × 3. */
      maxpool: torch.nn.MaxPool2d
      /** The first group of blocks, with 64 channels. */
      layer1: torch.nn.Sequential
      /** The second group of blocks, with 128 channels. */
      layer2: torch.nn.Sequential
      /** The third group of blocks, with 256 channels. */
      layer3: torch.nn.Sequential
      /** The last group of blocks, with 512 channels. */
      layer4: torch.nn.Sequential
      /** The mean over each channel's image. */
      avgpool: torch.nn.AdaptiveAvgPool2d
      /** The linear layer that gives one number for each class. */
      fc: torch.nn.Linear
    }
    /** How a residual network is made. */
    interface ResNetOptions {
      /** Trained weights: a published name such as "IMAGENET1K_V1", which is downloaded once, or a path beside the snippet; null for random ones. */
      weights?: "IMAGENET1K_V1" | "DEFAULT" | (string & {}) | null
      /** Whether a download is shown. */
      progress?: boolean
      /** What older tutorials write for weights: "IMAGENET1K_V1". */
      pretrained?: boolean
      /** How many numbers come out, one for each class. */
      num_classes?: torch.Int
    }
  }
  /** Networks for images. */
  interface models {
    /** The class of the networks that resnet18 and its kin make. */
    readonly ResNet: { prototype: models.ResNet }
    /** A residual network with 18 layers for images of 3 channels. It starts from random weights, as PyTorch's does from the same seed; `weights` names trained ones. */
    resnet18(options?: models.ResNetOptions): models.ResNet
    /** A residual network with 34 layers. */
    resnet34(options?: models.ResNetOptions): models.ResNet
    /** A residual network with 50 layers, in blocks of three convolutions. */
    resnet50(options?: models.ResNetOptions): models.ResNet
    /** The published weights of resnet18. */
    readonly ResNet18_Weights: { readonly IMAGENET1K_V1: string; readonly DEFAULT: string }
    /** The published weights of resnet34. */
    readonly ResNet34_Weights: { readonly IMAGENET1K_V1: string; readonly DEFAULT: string }
    /** The published weights of resnet50: the first ones, and better ones of a longer training. */
    readonly ResNet50_Weights: { readonly IMAGENET1K_V1: string; readonly IMAGENET1K_V2: string; readonly DEFAULT: string }
  }
}

declare module "torch/nn" {
  import nn = torch.nn
  export = nn
}
declare module "torch/nn/functional" {
  const functional: torch.nn.functional
  export = functional
}
declare module "torch/nn/init" {
  const init: torch.nn.init
  export = init
}
declare module "torch/optim" {
  import optim = torch.optim
  export = optim
}
declare module "torch/optim/lr_scheduler" {
  const lr_scheduler: torch.optim.lr_scheduler
  export = lr_scheduler
}
declare module "torchvision" {
  export = torchvision
}
declare module "torchvision/models" {
  const models: torchvision.models
  export = models
}
