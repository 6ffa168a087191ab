// Lesson: a first network, from a module to a trained model.
// XOR is 1 where exactly one input is 1. No straight line separates it, so the model needs a hidden layer.
import torch from "torch"

// %% Data
const { nn } = torch
const inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
const targets = torch.tensor([[0.0], [1.0], [1.0], [0.0]])

// %% A model
// A module owns its parameters; forward says how they are used. Calling the model runs forward.
class Network extends nn.Module {
  hidden: InstanceType<typeof nn.Linear>
  output: InstanceType<typeof nn.Linear>
  constructor() {
    super()
    this.hidden = new nn.Linear(2, 8)
    this.output = new nn.Linear(8, 1)
  }
  forward(x: torch.Tensor) {
    return this.output(torch.tanh(this.hidden(x)))
  }
}
torch.manual_seed(1)
const model = new Network()
print(model)

// %% Before training
print(torch.sigmoid(model(inputs)))

// %% Training
// zero_grad, forward, loss, backward, step. Open the Iterations view to see the loss fall and the gradients shrink.
const criterion = new nn.BCEWithLogitsLoss()
const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.05 })
for (let epoch = 0; epoch < 200; epoch++) {
  optimizer.zero_grad()
  const loss = criterion(model(inputs), targets)
  loss.backward()
  optimizer.step()
}

// %% After training
// Close to 0, 1, 1, 0.
torch.no_grad(() => print(torch.sigmoid(model(inputs))))

// %% A classic mistake
// Calling the loss with the two arguments exchanged, or giving it probabilities: BCEWithLogitsLoss applies the sigmoid
// itself. Compare what it says of the raw scores with what it says of the squashed ones.
torch.no_grad(() => print(criterion(model(inputs), targets), criterion(torch.sigmoid(model(inputs)), targets)))
