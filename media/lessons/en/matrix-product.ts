// Lesson: the gradient of a matrix product.
// Each element of A @ B is a row of A times a column of B. That is all one needs to know to differentiate it.
import torch from "torch"

// %% Where does A[0][0] go?
// It is in row 0 of A, so it takes part in every element of row 0 of C, each time multiplied by an element of row 0 of B.
const A = torch.tensor([[1.0, 2.0], [3.0, 4.0]], { requires_grad: true })
const B = torch.tensor([[5.0, 6.0], [7.0, 8.0]], { requires_grad: true })
const C = A.matmul(B)
print(C)

// %% Its gradient
// With out = the sum of all elements, A[0][0] meets B[0][0] and B[0][1]: two ways, and their slopes are added.
const out = C.sum()
out.backward()
//? d out / d A[0][0]
print(A.grad)
print(B.grad)

// %% As matrices
// All elements at once: A.grad = G @ Bᵀ and B.grad = Aᵀ @ G, with G the gradient that arrives at C (here all ones).
const G = torch.ones(2, 2)
print(G.matmul(B.detach().t()).eq(A.grad).all())
print(A.detach().t().matmul(G).eq(B.grad).all())

// %% A layer is one matrix product
// A batch of three inputs, two features each, through a layer with four outputs. The weight's gradient adds up the batch.
torch.manual_seed(0)
const inputs = torch.randn(3, 2)
const layer = new torch.nn.Linear(2, 4)
const scores = layer(inputs)
scores.sum().backward()
print(layer.weight.grad)
print(layer.bias.grad)

// %% A classic mistake
// Multiplying element by element where a matrix product was meant. A * B has a shape, a gradient and no error, as long as
// the shapes happen to agree. The names in the graph tell them apart: MulBackward0 here, MmBackward0 above.
print(A * B)
