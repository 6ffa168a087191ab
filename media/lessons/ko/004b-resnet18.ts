// 강의: 신경망 하나를 통째로 한 걸음 학습시킵니다. 배울 수가 11,689,512개지만, 쓰는 네 줄은 그대로입니다.
// 실행한 다음 loss의 그래프를 열어 보세요. 신경망의 부분마다 상자 하나로 접혀 있고, 누르면 펼쳐집니다.
import torch from "torch"
import { models } from "torchvision"

// %% 신경망, 이미지, 정답
// 여기서는 가중치(weight)가 무작위 값이라 아무것도 내려받지 않습니다. 학습된 가중치를 쓰려면 이렇게 씁니다.
//   models.resnet18({ weights: "IMAGENET1K_V1" })
// 처음 한 번 45 MB를 내려받습니다. 이 파일 옆에 있는 파일을 써도 됩니다: { weights: "./my.pth" }
torch.manual_seed(0)
const model = models.resnet18()
// 이미지 한 장: 색 3개, 세로 64, 가로 64. 정답은 지어낸 값으로, 클래스 1000개마다 수가 하나씩 있습니다.
const data = torch.rand(1, 3, 64, 64)
const labels = torch.rand(1, 1000)
print(data.shape)
print(labels.shape)

// %% 순전파(forward)
// 이미지가 모든 층을 지나가고, 연산 하나하나가 되돌아올 길을 위해 기록됩니다.
const prediction = model(data)
print(prediction.shape)

// %% 손실(loss)
// 얼마나 빗나갔는지를 가장 단순하게 잽니다. 차이를 모두 더합니다.
const loss = (prediction - labels).sum()
print(loss)

// %% 역전파(backward)
// 한 번만 부르면 신경망의 모든 매개변수에 .grad가 생깁니다. 마지막 층에도, 첫 층에도 생깁니다.
loss.backward()
// 마지막 편향(bias)의 수는 저마다 손실에 한 번씩 더해지므로 기울기가 모두 1입니다.
print(model.fc.bias.grad.min(), model.fc.bias.grad.max())
print(model.conv1.weight.grad.shape)

// %% 경사하강법 한 걸음
const optim = new torch.optim.SGD(model.parameters(), { lr: 1e-2, momentum: 0.9 })
const before = model.fc.bias.detach().clone()
optim.step()
// 기울기가 1이고 lr이 0.01이므로 편향의 수가 모두 0.01씩 내려갔습니다.
const moved = model.fc.bias.detach() - before
print(moved.mean())

// %% 흔한 실수
// 학습 모드인 신경망에 답을 물어보는 것입니다. 그러면 배치 정규화(batch norm)가 질문에서까지 배웁니다.
print(model.bn1.num_batches_tracked)
torch.no_grad(() => model(data))
print(model.bn1.num_batches_tracked)
// 평가(eval) 모드에서는 배운 것을 쓰기만 하고 아무것도 바꾸지 않습니다.
model.eval()
torch.no_grad(() => model(data))
print(model.bn1.num_batches_tracked)
