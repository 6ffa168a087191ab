// 강의: 첫 신경망, 모듈에서 학습된 모델까지.
// XOR은 입력 가운데 꼭 하나만 1일 때 1입니다. 직선 하나로는 나눌 수 없어서 숨은 층이 필요합니다.
import torch from "torch"

// %% 데이터
const { nn } = torch
const inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
const targets = torch.tensor([[0.0], [1.0], [1.0], [0.0]])

// %% 모델
// 모듈이 매개변수를 갖고, forward가 어떻게 쓸지를 말합니다. 모델을 부르면 forward가 실행됩니다.
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

// %% 학습하기 전
print(torch.sigmoid(model(inputs)))

// %% 학습
// zero_grad, forward, loss, backward, step. 반복 보기를 열면 손실이 내려가고 기울기가 줄어드는 것이 보입니다.
const criterion = new nn.BCEWithLogitsLoss()
const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.05 })
for (let epoch = 0; epoch < 200; epoch++) {
  optimizer.zero_grad()
  const loss = criterion(model(inputs), targets)
  loss.backward()
  optimizer.step()
}

// %% 학습한 뒤
// 0, 1, 1, 0에 가깝습니다.
torch.no_grad(() => print(torch.sigmoid(model(inputs))))

// %% 흔한 실수
// 손실에 두 인자를 바꿔 넣거나 확률을 넣는 것입니다. BCEWithLogitsLoss는 sigmoid를 스스로 적용합니다.
// 날것의 점수를 넣었을 때와 눌러 담은 값을 넣었을 때를 견주어 보세요.
torch.no_grad(() => print(criterion(model(inputs), targets), criterion(torch.sigmoid(model(inputs)), targets)))
