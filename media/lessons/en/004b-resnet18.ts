// Lesson: one step of training, for a whole network. It has 11,689,512 numbers to learn; the four lines are the same.
// Run it, then show the graph of loss: each part of the network is one box, until you open it.
import torch from "torch"
import { models } from "torchvision"

// %% A network, an image, an answer
// The weights are random here, so nothing has to be fetched. For trained ones write
//   models.resnet18({ weights: "IMAGENET1K_V1" })
// which downloads 45 MB once, or give it a file beside this one: { weights: "./my.pth" }.
torch.manual_seed(0)
const model = models.resnet18()
// One image: 3 colours, 64 rows, 64 columns. The answer is made up: one number for each of 1000 classes.
const data = torch.rand(1, 3, 64, 64)
const labels = torch.rand(1, 1000)
print(data.shape)
print(labels.shape)

// %% Forward
// The image goes through every layer, and each operation is noted for the way back.
const prediction = model(data)
print(prediction.shape)

// %% The loss
// How far off it was, as simply as can be: the sum of the differences.
const loss = (prediction - labels).sum()
print(loss)

// %% Backward
// One call, and every parameter of the network has its .grad: the last layer's and the first one's alike.
loss.backward()
// Each number of the last bias is added to the loss once, so each of its slopes is 1.
print(model.fc.bias.grad.min(), model.fc.bias.grad.max())
print(model.conv1.weight.grad.shape)

// %% One step downhill
const optim = new torch.optim.SGD(model.parameters(), { lr: 1e-2, momentum: 0.9 })
const before = model.fc.bias.detach().clone()
optim.step()
// The slope was 1 and lr is 0.01: each number of the bias went down by 0.01.
const moved = model.fc.bias.detach() - before
print(moved.mean())

// %% A classic mistake
// Asking a network for an answer while it is still in training mode. Batch norm then learns from the question itself.
print(model.bn1.num_batches_tracked)
torch.no_grad(() => model(data))
print(model.bn1.num_batches_tracked)
// In eval mode it uses what it has learned and changes nothing.
model.eval()
torch.no_grad(() => model(data))
print(model.bn1.num_batches_tracked)
